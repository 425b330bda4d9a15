import { usage } from '../../failure.ts';
import { didYouMean } from '../../suggest.ts';

/** Kafka's own words for the state of a group of any type. */
const GROUP_STATES = [
  'Empty',
  'Stable',
  'PreparingRebalance',
  'CompletingRebalance',
  'Assigning',
  'Reconciling',
  'NotReady',
  'Dead',
  'Unknown',
] as const;

/** A state as Kafka spells it, whatever case it was typed in. */
export function knownState(typed: string): string {
  const found = GROUP_STATES.find((state) => state.toLowerCase() === typed.toLowerCase());
  if (found === undefined) {
    throw usage(`--state ${typed}: not one of ${GROUP_STATES.join(', ')}`, didYouMean(typed, GROUP_STATES));
  }
  return found;
}
