import { durationText } from '../../../broker/fault/duration.ts';
import { definitionOf, FAULT_NAMES, isFaultName } from '../../../broker/fault/vocabulary.ts';
import { type ExitCode, optionsOf, type Run } from '../../command.ts';
import { usage } from '../../failure.ts';
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
  if (!isFaultName(fault)) {
    const near = didYouMean(fault, [...FAULT_NAMES, 'list', 'clear'], 'kmedic broker fault ');
    throw usage(`there is no fault ${fault}`, near ?? 'kmedic broker fault --help lists them');
  }
  const name = `kmedic.fault.${fault}${options.label === undefined ? '' : `.${options.label}`}`;
  const lasts = options.for === undefined ? [] : [`for=${durationText(options.for)}`];
  // A fault without parameters is switched on.
  const value = [...lasts, ...words].join(',') || 'on';
  const brokers = brokersOf(options.broker);
  return withSession<ExitCode>(invocation.globals, deps, async ({ client }) => {
    const before = await requireFaults(client);
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
    await presentFaults('injected', await whenOver(client, io, isOnce), said, invocation.globals.output, io);
    return 0;
  });
};

/** `--broker 1 --broker 2,3`; none: the config of all brokers. */
export function brokersOf(words: readonly string[]): readonly string[] {
  const ids = words.flatMap((word) => word.split(','));
  const wrong = ids.find((id) => !/^\d{1,9}$/.test(id));
  if (wrong !== undefined) throw usage(`--broker ${wrong}: not a broker id`);
  return ids.length === 0 ? [''] : [...new Set(ids)];
}
