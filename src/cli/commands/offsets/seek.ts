import { OffsetsError } from '../../../offsets/error.ts';
import { makePlan, type Wish } from '../../../offsets/make-plan.ts';
import { parseSeek } from '../../../offsets/scope.ts';
import { parseTarget } from '../../../offsets/target.ts';
import { optionsOf } from '../../command.ts';
import { usage } from '../../failure.ts';
import { showOrApply } from './carry-out.ts';
import { offsetsSeek } from './descriptors.ts';
import { explained, who, withSession } from './session.ts';

export const run = explained(async (invocation, io, deps) => {
  const options = optionsOf<typeof offsetsSeek>(invocation);
  const [group = '', ...positions] = invocation.args;
  if (positions.length === 0) throw usage('name positions behind the group', 'for example orders:3=end-10');
  const { wishes, notes } = seekWishes(positions, io.now());
  const scope = wishes.map(({ topic, partition }) => ({ topic, partitions: [partition] }));
  const text = positions.join(' ');
  const meaning = [text, ...notes].join('; ');
  const aim = { kind: 'each', text, meaning, wishes } as const;
  return withSession(invocation.globals, deps, (session) =>
    showOrApply(
      () =>
        makePlan(session.client, { action: 'seek', groups: { names: [group] }, scope, aim, measureMs: 0, by: who() }),
      options,
      { session, invocation, command: offsetsSeek, io, pattern: false },
    ),
  );
});

/** One wish per named partition; a partition can be named once. */
function seekWishes(positions: readonly string[], nowMs: number): { wishes: Wish[]; notes: string[] } {
  const wishes = new Map<string, Wish>();
  const notes: string[] = [];
  for (const word of positions) {
    const { scope, target: text } = parseSeek(word);
    if (scope.partitions === null) {
      throw new OffsetsError('INVALID_SCOPE', `${word}: which partition?`, `for example ${scope.topic}:0=${text}`);
    }
    const { target, note } = parseTarget(text, nowMs);
    if (note !== null) notes.push(note);
    for (const partition of scope.partitions) {
      const key = `${scope.topic}-${partition}`;
      if (wishes.has(key)) throw new OffsetsError('INVALID_SCOPE', `${word}: ${key} is named twice`);
      wishes.set(key, { group: null, topic: scope.topic, partition, target });
    }
  }
  return { wishes: [...wishes.values()], notes };
}
