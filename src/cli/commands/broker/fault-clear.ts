import { isFaultName } from '../../../broker/fault/vocabulary.ts';
import { type ExitCode, optionsOf, type Run } from '../../command.ts';
import { withSession } from '../offsets/session.ts';
import type { brokerFaultClear } from './descriptors.ts';
import { brokersOf, unknownFault } from './fault.ts';
import { changeFaults, requireFaults, whenOver } from './faults.ts';
import type { InjectedFault } from './faults-document.ts';
import { presentFaults } from './faults-view.ts';

/** Removes the configs that carry the faults: all, or those that the words and options name. */
export const run: Run = (invocation, io, deps) => {
  const options = optionsOf<typeof brokerFaultClear>(invocation);
  const wrong = invocation.args.find((word) => !isFaultName(word));
  if (wrong !== undefined) throw unknownFault(wrong, 'kmedic broker fault clear ');
  const brokers = options.broker.length === 0 ? null : brokersOf(options.broker).map(Number);
  const isMeant = ({ fault, label, brokers: on }: InjectedFault): boolean =>
    (invocation.args.length === 0 || invocation.args.includes(fault)) &&
    (options.label === undefined || options.label === label) &&
    (brokers === null || on.every((id) => brokers.includes(id)));
  return withSession<ExitCode>(invocation.globals, deps, async ({ client }) => {
    const ended = (await requireFaults(client)).filter(isMeant);
    if (ended.length > 0) {
      await changeFaults(
        client,
        ended.map(({ config }) => ({ broker: config.broker, name: config.name, value: null })),
      );
    }
    const left = await whenOver(client, io, isMeant);
    const said = () => [
      ended.length === 0 ? 'nothing to clear' : `cleared: ${ended.map(({ fault }) => fault).join(', ')}`,
    ];
    await presentFaults('cleared', left, said, invocation.globals.output, io);
    return left.some(isMeant) ? 1 : 0;
  });
};
