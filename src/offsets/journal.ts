import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { problemSchema } from '../cluster/snapshot.ts';
import { OffsetsError } from './error.ts';
import { ACTIONS, committedSchema } from './plan.ts';

/**
 * The journal: one line of JSON per event, only ever appended to, each on the disk before anything else happens. An
 * `intent` says what is about to be overwritten and with what; the `outcome` that follows says what became of it. An
 * intent without an outcome was interrupted: what the broker took of it is not known from here.
 */

export const intentSchema = z.object({
  kind: z.literal('intent'),
  version: z.literal(1),
  /** Of the plan. One plan has one intent per group. */
  id: z.string(),
  group: z.string(),
  at: z.iso.datetime(),
  by: z.object({ user: z.string(), host: z.string() }),
  cluster: z.object({ id: z.string().nullable() }),
  action: z.enum(ACTIONS),
  target: z.object({ text: z.string(), meaning: z.string() }),
  undoes: z.string().nullable(),
  existed: z.boolean(),
  changes: z.array(
    z.object({
      topic: z.string(),
      partition: z.int(),
      topicId: z.string().nullable(),
      prior: committedSchema.nullable(),
      next: committedSchema.nullable(),
      start: z.number().nullable(),
      end: z.number().nullable(),
    }),
  ),
});
export type Intent = z.infer<typeof intentSchema>;

export const OUTCOMES = ['applied', 'partial', 'refused', 'unknown'] as const;

export const resultSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  /** `unconfirmed`: the broker did not say, and reading back failed; `overwritten`: somebody else committed afterwards. */
  result: z.enum(['applied', 'failed', 'overwritten', 'unconfirmed']),
  /** What is committed now, where it could be read back. */
  now: committedSchema.nullable(),
  error: problemSchema.nullable(),
});
export type PartitionResult = z.infer<typeof resultSchema>;

export const outcomeSchema = z.object({
  kind: z.literal('outcome'),
  version: z.literal(1),
  id: z.string(),
  group: z.string(),
  at: z.iso.datetime(),
  status: z.enum(OUTCOMES),
  results: z.array(resultSchema),
  /** Of an undo of what created the group: whether the group is gone again. */
  groupDeleted: z.boolean().optional(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

/** One group of one applied plan. `outcome` null: interrupted. */
export interface Entry {
  readonly id: string;
  readonly group: string;
  readonly intent: Intent;
  readonly outcome: Outcome | null;
}

export interface History {
  /** Oldest first. */
  readonly entries: readonly Entry[];
  /** Lines that cannot be read, by number; the last line of a journal whose writer was killed is not among them. */
  readonly damaged: readonly number[];
  /** Whether the last line was cut short. */
  readonly torn: boolean;
}

/** `$XDG_STATE_HOME/kmedic/journal.ndjson`, by default under ~/.local/state. KMEDIC_STATE_DIR names another directory. */
export function journalPath(env: Readonly<Record<string, string | undefined>>): string {
  const own = env['KMEDIC_STATE_DIR'];
  if (own) return join(own, 'journal.ndjson');
  const xdg = env['XDG_STATE_HOME'];
  // The specification ignores relative paths.
  const state = xdg?.startsWith('/') ? xdg : join(env['HOME'] || homedir(), '.local', 'state');
  return join(state, 'kmedic', 'journal.ndjson');
}

/** An append-only file. `append` returns when the line is on the disk. */
export class Journal {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Appends events, all or (after a crash) a torn last line. Throws the file system's error where it cannot. */
  append(events: readonly (Intent | Outcome)[]): void {
    const created = mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    const file = openSync(this.path, 'a+', 0o600);
    try {
      const { size } = fstatSync(file);
      const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');
      // What a killed writer left behind must not swallow this line.
      const bytes = Buffer.from(size > 0 && !endsLine(file, size) ? `\n${text}` : text);
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
      fsyncSync(file);
      if (size === 0) syncDirectory(dirname(this.path));
      if (created !== undefined) syncDirectory(dirname(created));
    } finally {
      closeSync(file);
    }
  }

  /** Everything that was ever journalled. A journal that does not exist is empty. */
  read(): History {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { entries: [], damaged: [], torn: false };
      throw error;
    }
    return readHistory(text);
  }
}

function endsLine(file: number, size: number): boolean {
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last[0] === 0x0a;
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

const eventSchema = z.discriminatedUnion('kind', [intentSchema, outcomeSchema]);

/** Reads the text of a journal: intents in their order, each with the last outcome that names it. Pure. */
export function readHistory(text: string): History {
  const intents = new Map<string, Intent>();
  const outcomes = new Map<string, Outcome>();
  const damaged: number[] = [];
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  lines.forEach((line, index) => {
    if (line === '') return;
    const event = parseEvent(line);
    if (event === null) damaged.push(index + 1);
    else if (event.kind === 'intent') intents.set(keyOf(event), event);
    else outcomes.set(keyOf(event), event);
  });
  const entries = [...intents].map(([key, intent]) => ({
    id: intent.id,
    group: intent.group,
    intent,
    outcome: outcomes.get(key) ?? null,
  }));
  return { entries, damaged, torn: last !== '' };
}

function keyOf({ id, group }: { readonly id: string; readonly group: string }): string {
  return JSON.stringify([id, group]);
}

function parseEvent(line: string): Intent | Outcome | null {
  try {
    const parsed = eventSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * The entries of one applied plan: by id, or of the newest one that changed something and is not an undo already undone;
 * with `clusterId`, the newest of that cluster. Throws OffsetsError NOT_FOUND.
 */
export function entriesOf(
  history: History,
  id: string | null,
  group: string | null,
  clusterId: string | null = null,
): Entry[] {
  const fits = history.entries.filter((entry) => group === null || entry.group === group);
  const undone = new Set(
    history.entries.flatMap(({ intent, outcome }) =>
      intent.undoes !== null && outcome?.status === 'applied'
        ? [keyOf({ id: intent.undoes, group: intent.group })]
        : [],
    ),
  );
  const open = fits.filter((entry) => entry.outcome?.status !== 'refused' && !undone.has(keyOf(entry)));
  const here = ({ intent }: Entry): boolean =>
    clusterId === null || intent.cluster.id === null || intent.cluster.id === clusterId;
  const applies = open.filter(({ intent }) => intent.undoes === null);
  const wanted = id ?? applies.findLast(here)?.id;
  if (wanted === undefined) {
    const where = applies.length === 0 ? '' : ' on this cluster; what it holds was done on others';
    const advice = 'kmedic offsets history lists it';
    throw new OffsetsError('NOT_FOUND', `the journal has nothing to undo${where}`, advice);
  }
  const found = fits.filter((entry) => entry.id === wanted && (id !== null || open.includes(entry)));
  if (found.length > 0) return found;
  throw new OffsetsError('NOT_FOUND', `${wanted}: no such entry in the journal`, 'kmedic offsets history lists them');
}
