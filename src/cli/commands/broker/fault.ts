import { durationText } from '../../../broker/fault/duration.ts';
import { definitionOf, FAULT_NAMES, isFaultName } from '../../../broker/fault/vocabulary.ts';
import { asClientError, ClientError } from '../../../client/error.ts';
import { problemFrom } from '../../../cluster/problem.ts';
import { type ExitCode, optionsOf, type Run } from '../../command.ts';
import { type Failure, usage } from '../../failure.ts';
import { didYouMean } from '../../suggest.ts';
import { withSession } from '../offsets/session.ts';
import type { brokerFault } from './descriptors.ts';
import { changeFaults, requireFaults, whenOver } from './faults.ts';
import type { InjectedFault } from './faults-document.ts';
import { presentFaults } from './faults-view.ts';

/** Sets the dynamic broker config that carries the fault, as any Kafka client can. */
export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof brokerFault>(invocation);
  const [fault = '', ...words] = invocation.args;
  if (!isFaultName(fault)) throw unknownFault(fault, 'kmedic broker fault ', ['list', 'clear']);
  const name = `kmedic.fault.${fault}${options.label === undefined ? '' : `.${options.label}`}`;
  const lasts = options.for === undefined ? [] : [`for=${durationText(options.for)}`];
  // A fault without parameters is switched on.
  const value = [...lasts, ...words].join(',') || 'on';
  const brokers = brokersOf(options.broker);
  return withSession<ExitCode>(invocation.globals, deps, async ({ client }) => {
    // Whoever was asked may be the one that the fault silences: the others have to be known before.
    const [before] = await Promise.all([requireFaults(client), client.metadata([])]);
    // A config that is there already changes nothing: how long it lasts from now on has to be said beside it.
    const again = (broker: string): boolean =>
      before.some(({ config, value: set }) => config.broker === broker && config.name === name && set === value);
    const rest = options.for === undefined ? '' : `,left=${durationText(options.for)}`;
    await changeFaults(
      client,
      brokers.map((broker) => ({ broker, name, value: again(broker) ? `${value}${rest}` : value })),
    );
    const where = options.broker.length === 0 ? 'all brokers' : `broker ${options.broker.join(', ')}`;
    const said = () => [`${fault} on ${where}: ${definitionOf(fault).effect}`];
    // What happens once is over soon: then it has happened.
    const isOnce = (injected: InjectedFault): boolean =>
      definitionOf(fault).momentary === true && injected.config.name === name;
    const spared =
      options.broker.length === 0 ? undefined : [...client.nodes.keys()].find((id) => !brokers.includes(String(id)));
    const now = await whenOver(client, io, isOnce, spared).catch((error: unknown) => asClientError(error));
    if (now instanceof ClientError) {
      // It is injected, and nobody is left who could tell of it: what else should be seen of a fault like that?
      await presentFaults('injected', [], said, invocation.globals.output, io, [problemFrom('cluster', now)]);
      return 0;
    }
    await presentFaults('injected', now, said, invocation.globals.output, io);
    return 0;
  });
};

/** A word that should have been a fault; `before` what was typed in front of it, `others` what may stand there besides. */
export function unknownFault(word: string, before: string, others: readonly string[] = []): Failure {
  const near = didYouMean(word, [...FAULT_NAMES, ...others], before);
  return usage(`there is no fault ${word}`, near ?? 'kmedic broker fault --help lists them');
}

/** `--broker 1 --broker 2,3`; none: the config of all brokers. */
export function brokersOf(words: readonly string[]): readonly string[] {
  const ids = words.flatMap((word) => word.split(','));
  const wrong = ids.find((id) => !/^\d{1,9}$/.test(id));
  if (wrong !== undefined) throw usage(`--broker ${wrong}: not a broker id`);
  return ids.length === 0 ? [''] : [...new Set(ids)];
}
