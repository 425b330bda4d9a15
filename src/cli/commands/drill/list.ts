import { DRILLS } from '../../../lab/drills/index.ts';
import type { Sheet } from '../../../render/sheet.ts';
import type { Run } from '../../command.ts';
import { present } from '../../present.ts';

export const run: Run = async (invocation, io) => {
  const drills = DRILLS.map(({ name, title, page }) => ({ name, title, page }));
  const sheet: Sheet = {
    columns: [
      { key: 'name', header: 'DRILL', kind: 'text', keep: 9 },
      { key: 'title', header: 'WHAT IT LOOKS LIKE', kind: 'text', keep: 8 },
    ],
    rows: drills.map(({ name, title }) => [name, title]),
    tone: () => null,
  };
  await present(
    {
      document: () => ({ kind: 'drills', version: 1, drills, errors: [] }),
      lines: () => drills,
      sheets: [sheet],
      after: (style) => [style.theme('muted', 'be on call: kmedic drill run rebalance-storm')],
      problems: [],
    },
    invocation.globals.output,
    io,
  );
  return 0;
};
