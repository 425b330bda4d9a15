import { readOffsetsCsv } from '../../../offsets/csv.ts';
import { OffsetsError } from '../../../offsets/error.ts';
import { makePlan, type Wish } from '../../../offsets/make-plan.ts';
import { optionsOf } from '../../command.ts';
import { usage } from '../../failure.ts';
import { readInput } from '../../read-input.ts';
import { showOrApply } from './carry-out.ts';
import { offsetsImport } from './descriptors.ts';
import { offsetsDocumentSchema } from './offsets-document.ts';
import { explained, who, withSession } from './session.ts';

export const run = explained(async (invocation, io, deps) => {
  const options = optionsOf<typeof offsetsImport>(invocation);
  const [path = '-'] = invocation.args;
  const { text, name } = readInput(path);
  const read = /^\s*\{/.test(text) ? wishesOfJson(text, name) : wishesOfCsv(text, name);
  const named = [...new Set(read.flatMap(({ group }) => group ?? []))];
  if (named.length > 1 && options.group !== undefined && !named.includes(options.group)) {
    throw usage(`${name} holds ${named.length} groups: --group has to be one of them`, named.join(', '));
  }
  const names = options.group === undefined ? named : [options.group];
  if (names.length === 0) throw usage(`${name} names no group`, 'give --group');
  // One group of several is picked by its name; a single one can be imported under another.
  const pick = options.group !== undefined && named.includes(options.group) ? options.group : null;
  const wishes = read
    .filter(({ group }) => pick === null || group === pick)
    .map((wish) => (options.group === undefined ? wish : { ...wish, group: options.group }));
  const scope = wishes.map(({ topic, partition }) => ({ topic, partitions: [partition] }));
  const aim = { kind: 'each', text: `import ${path}`, meaning: `the offsets in ${name}`, wishes } as const;
  return withSession(invocation.globals, deps, (session) =>
    showOrApply(
      () => makePlan(session.client, { action: 'import', groups: { names }, scope, aim, measureMs: 0, by: who() }),
      options,
      { session, invocation, command: offsetsImport, io, pattern: false },
    ),
  );
});

function wishesOfCsv(text: string, path: string): Wish[] {
  return readOffsetsCsv(text, path).map(({ group, topic, partition, offset }) => ({
    group,
    topic,
    partition,
    target: { kind: 'offset', offset },
  }));
}

/** An `offsets` document of show or export: leader epochs and metadata are set as well. */
function wishesOfJson(text: string, path: string): Wish[] {
  const parsed = offsetsDocumentSchema.safeParse(parseJson(text, path));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new OffsetsError(
      'INVALID_CSV',
      `${path}: not an offsets document: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
      'it is made with: kmedic offsets export -o json',
    );
  }
  return parsed.data.groups.flatMap(({ group, offsets }) =>
    offsets.map(({ topic, partition, offset, leaderEpoch, metadata }) => ({
      group,
      topic,
      partition,
      target: { kind: 'offset' as const, offset },
      keep: { offset, leaderEpoch, metadata },
    })),
  );
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OffsetsError('INVALID_CSV', `${path}: neither CSV nor JSON`, null, { cause });
  }
}
