import { type CsvOffset, writeOffsetsCsv } from '../../../offsets/csv.ts';
import type { Plan } from '../../../offsets/plan.ts';

/** The targets of a plan as kafka-consumer-groups --export prints them: with groups where there are several. */
export function planCsv(plan: Plan): string {
  const rows = plan.groups.flatMap(({ group, changes }) =>
    changes.flatMap(({ topic, partition, target }): CsvOffset[] =>
      target === null ? [] : [{ group, topic, partition, offset: target }],
    ),
  );
  return writeOffsetsCsv(rows, plan.groups.length > 1);
}
