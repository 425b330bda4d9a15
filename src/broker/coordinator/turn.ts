import type { RecordInput } from '../../records/index.ts';

/** Gives an answer to whoever asked; the runtime's is a handler's reply, a test's an entry in a list. */
export type ReplyTo<R> = (response: R) => void;

/** Broker configs that the group coordinator obeys; times in ms, names after Kafka's keys. */
export interface GroupSettings {
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly initialRebalanceDelayMs: number;
  readonly maxSize: number;
  /** UTF-16 units that the metadata of a commit may have. */
  readonly offsetMetadataMaxLength: number;
  readonly offsetsRetentionMs: number;
}

/** Records for the group's partition of `__consumer_offsets`, and what follows from their fate. */
export interface Append {
  readonly kind: 'append';
  readonly records: readonly RecordInput[];
  /** Runs when the records are known to be committed, in the order of the log, also when that is known only after a time-out. */
  readonly apply: () => void;
  /** Runs exactly once, with NONE after `apply`, or with the error that a client is given. */
  readonly settled: (errorCode: number, turn: Turn) => void;
}

/** What a turn wants done outside of the state machine. */
export type Effect =
  | { readonly kind: 'release'; readonly send: () => void }
  | Append
  /** Replaces the timer of the same key. */
  | { readonly kind: 'timer'; readonly key: string; readonly delayMs: number; readonly fire: (turn: Turn) => void }
  | { readonly kind: 'cancel'; readonly key: string };

/**
 * One step of the coordinator: what time it is and what is configured goes in, what is to be done outside comes out as
 * `effects`, in order. The state machines see nothing else of the world.
 */
export class Turn {
  readonly now: number;
  readonly settings: GroupSettings;
  /** A random UUID in Kafka's dashed form, for member ids. */
  readonly uuid: () => string;
  readonly effects: Effect[] = [];

  constructor(now: number, settings: GroupSettings, uuid: () => string) {
    this.now = now;
    this.settings = settings;
    this.uuid = uuid;
  }

  release<R>(to: ReplyTo<R>, response: R): void {
    this.effects.push({ kind: 'release', send: () => to(response) });
  }

  append(
    records: readonly RecordInput[],
    then: { readonly apply?: Append['apply']; readonly settled?: Append['settled'] },
  ): void {
    this.effects.push({ kind: 'append', records, apply: then.apply ?? nothing, settled: then.settled ?? nothing });
  }

  timer(key: string, delayMs: number, fire: (turn: Turn) => void): void {
    this.effects.push({ kind: 'timer', key, delayMs, fire });
  }

  cancel(key: string): void {
    this.effects.push({ kind: 'cancel', key });
  }
}

function nothing(): void {}
