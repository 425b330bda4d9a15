import { readOffsetsCsv } from '../../../offsets/csv.ts';
import type { Aim } from '../../../offsets/make-plan.ts';
import { inScope, type Scope } from '../../../offsets/scope.ts';
import { KAFKA_STRATEGIES, parseStrategy, parseTarget } from '../../../offsets/target.ts';
import type { OptionValue, OptionValues } from '../../command.ts';
import { usage } from '../../failure.ts';
import { readInput } from '../../read-input.ts';
import { camelCase } from '../../values.ts';

/** What `--to`, Kafka's own strategies and `--from-file` say; exactly one of them has to be given. */
export function aimOf(options: OptionValues, scope: Scope, nowMs: number): Aim {
  const strategies = KAFKA_STRATEGIES.filter((name) => given(options[camelCase(name)]));
  const { to, fromFile } = options;
  const flags = [...(given(to) ? ['to'] : []), ...strategies, ...(given(fromFile) ? ['from-file'] : [])];
  const list = flags.map((flag) => `--${flag}`).join(', ');
  if (flags.length > 1) throw usage(`${list}: only one of them can be meant`);
  if (typeof to === 'string') return { kind: 'one', parsed: parseTarget(to, nowMs) };
  if (typeof fromFile === 'string') return aimOfCsv(fromFile, scope);
  const [strategy] = strategies;
  if (strategy === undefined) {
    throw usage(
      'where to? give --to TARGET',
      'for example --to start, --to end-1000, --to -15m, --to @2026-11-20T14:00Z',
    );
  }
  const value = options[camelCase(strategy)];
  return { kind: 'one', parsed: parseStrategy(strategy, typeof value === 'string' ? value : '', nowMs) };
}

/** The offsets of Kafka's CSV, those in scope. Rows without a group are for every group that is named. */
function aimOfCsv(path: string, scope: Scope): Aim {
  const { text, name } = readInput(path);
  const rows = readOffsetsCsv(text, name);
  const wishes = rows
    .filter(({ topic, partition }) => inScope(scope, topic, partition))
    .map(({ group, topic, partition, offset }) => ({
      group,
      topic,
      partition,
      target: { kind: 'offset' as const, offset },
    }));
  return { kind: 'each', text: `--from-file ${path}`, meaning: `the offsets in ${name}`, wishes };
}

function given(value: OptionValue): boolean {
  return value !== undefined && value !== false;
}
