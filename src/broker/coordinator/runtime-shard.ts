import { ErrorCode, errorName } from '../../protocol/errors.ts';
import { OFFSETS_TOPIC } from '../../protocol/internal-topics.ts';
import { ProtocolError } from '../../protocol/schema/index.ts';
import { batches, encodeBatch, isControl, lastOffset, records } from '../../records/index.ts';
import { reasonOf, type Timer, wallTime } from '../env.ts';
import type { MetadataImage } from '../image.ts';
import type { AppendOutcome, Node, Replica } from '../node.ts';
import { coordinatorError } from './append-error.ts';
import { dashedUuid } from './dashed-uuid.ts';
import { groupSettings } from './settings.ts';
import { GroupShard } from './shard.ts';
import { type Append, type Effect, type GroupSettings, Turn } from './turn.ts';

/** Bytes of the log that are replayed between two looks at the world. */
const LOAD_CHUNK = 1024 * 1024;

/** What was sent to the log and is not known to be committed yet. */
interface Pending {
  readonly append: Append;
  /** -1 until the log has told. */
  offset: number;
  applied: boolean;
  settled: boolean;
}

/**
 * Binds the state machine of one offsets partition to its log, clock and clients, for one term of leadership: replays
 * the log, runs turns, carries out their effects. When the term ends it is thrown away; a new term gets a new one.
 */
export class RuntimeShard {
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly #node: Node;
  readonly #shard = new GroupShard();
  readonly #timers = new Map<string, Timer>();
  /** In the order of the log. */
  #pending: Pending[] = [];
  #queue: Effect[] = [];
  #draining = false;
  #settings: { readonly image: MetadataImage; readonly values: GroupSettings } | null = null;
  readonly #whenLoaded: ((shard: GroupShard, turn: Turn) => void)[] = [];
  #state: 'loading' | 'loaded' | 'failed' = 'loading';
  #closed = false;

  constructor(node: Node, replica: Replica) {
    this.#node = node;
    this.partition = replica.partition;
    this.leaderEpoch = replica.leaderEpoch;
    // Never within the listener of an image: other partitions of the same image are still on their way.
    this.#setTimer('load', 0, () => this.#load(replica, replica.log.logStartOffset));
  }

  get state(): 'loading' | 'loaded' | 'failed' {
    return this.#state;
  }

  /** The term is over: nothing more is applied, and whoever waits is told to look for the new coordinator. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    const turn = this.#newTurn();
    for (const pending of this.#pending) {
      if (!pending.settled) pending.append.settled(ErrorCode.NOT_COORDINATOR, turn);
    }
    this.#pending = [];
    this.#shard.abandon(turn);
    for (const effect of turn.effects) {
      if (effect.kind === 'release') effect.send();
    }
  }

  /** Runs a step now, or once the log was replayed. */
  runWhenLoaded(step: (shard: GroupShard, turn: Turn) => void): void {
    if (this.#state === 'loaded') this.run(step);
    else this.#whenLoaded.push(step);
  }

  /** Runs one step of the state machine and carries out what it asks for. */
  run<T>(step: (shard: GroupShard, turn: Turn) => T): T {
    this.#applyCommitted();
    const turn = this.#newTurn();
    const result = step(this.#shard, turn);
    this.#perform(turn.effects);
    return result;
  }

  #newTurn(): Turn {
    const node = this.#node;
    const image = node.image();
    // Dynamic configs come with an image: until the next one nothing can have changed.
    if (this.#settings?.image !== image) this.#settings = { image, values: groupSettings(node.config) };
    return new Turn(node.scheduler.now(), this.#settings.values, () => dashedUuid(node.random.uuid()));
  }

  /** Effects run one after the other; what one of them causes at once runs behind those that are there already. */
  #perform(effects: readonly Effect[]): void {
    this.#queue.push(...effects);
    if (this.#draining) return;
    this.#draining = true;
    const queue = this.#queue;
    try {
      // Grows while it is walked.
      for (const effect of queue) {
        if (effect.kind === 'release') effect.send();
        else if (this.#closed) this.#tooLate(effect);
        else if (effect.kind === 'append') this.#append(effect);
        else if (effect.kind === 'cancel') this.#cancelTimer(effect.key);
        else this.#fireLater(effect);
      }
    } finally {
      this.#draining = false;
      this.#queue = [];
    }
  }

  /** Nothing is written or awaited behind the end of the term, but whoever asked is told. */
  #tooLate(effect: Exclude<Effect, { kind: 'release' }>): void {
    if (effect.kind !== 'append') return;
    const turn = this.#newTurn();
    effect.settled(ErrorCode.NOT_COORDINATOR, turn);
    this.#queue.push(...turn.effects);
  }

  #fireLater(effect: Extract<Effect, { kind: 'timer' }>): void {
    this.#setTimer(effect.key, effect.delayMs, () => this.run((_, turn) => effect.fire(turn)));
  }

  #setTimer(key: string, delayMs: number, run: () => void): void {
    this.#cancelTimer(key);
    const timer = this.#node.scheduler.after(delayMs, () => {
      this.#timers.delete(key);
      run();
    });
    this.#timers.set(key, timer);
  }

  #cancelTimer(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }

  #append(append: Append): void {
    const { config, replicas, scheduler } = this.#node;
    const batch = encodeBatch({ records: append.records, timestamp: wallTime(scheduler) });
    const pending: Pending = { append, offset: -1, applied: false, settled: false };
    this.#pending.push(pending);
    replicas.append(
      OFFSETS_TOPIC,
      this.partition,
      batch,
      -1,
      config.number('offsets.commit.timeout.ms'),
      'coordinator',
      (outcome) => this.#appended(pending, outcome),
    );
  }

  #appended(pending: Pending, outcome: AppendOutcome): void {
    if (this.#closed) return;
    pending.settled = true;
    const errorCode = coordinatorError(outcome.errorCode);
    if (errorCode === ErrorCode.NONE) {
      this.#applyUpTo(pending);
    } else {
      this.#node.log('warn', 'a group record is not committed', {
        partition: this.partition,
        error: errorName(outcome.errorCode),
      });
      const inLog =
        outcome.errorCode === ErrorCode.REQUEST_TIMED_OUT ||
        outcome.errorCode === ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND;
      // It may still be committed, and then it counts: another coordinator would find it in the log.
      if (inLog && outcome.baseOffset >= 0) pending.offset = outcome.baseOffset;
      else this.#pending = this.#pending.filter((other) => other !== pending);
    }
    const turn = this.#newTurn();
    pending.append.settled(errorCode, turn);
    this.#perform(turn.effects);
  }

  /** Everything before a committed record is committed, too. */
  #applyUpTo(last: Pending): void {
    const index = this.#pending.indexOf(last);
    for (const pending of this.#pending.slice(0, index + 1)) applyOnce(pending);
    this.#forgetApplied();
  }

  /** Looks whether records whose append timed out were committed after all. */
  #applyCommitted(): void {
    const late = this.#pending.some((pending) => pending.offset >= 0);
    if (!late) return;
    const highWatermark = this.#node.replicas.get(OFFSETS_TOPIC, this.partition)?.highWatermark ?? 0;
    const index = this.#pending.findLastIndex((pending) => pending.offset >= 0 && pending.offset < highWatermark);
    for (const pending of this.#pending.slice(0, index + 1)) applyOnce(pending);
    this.#forgetApplied();
  }

  #forgetApplied(): void {
    this.#pending = this.#pending.filter((pending) => !(pending.applied && pending.settled));
  }

  /** A log that cannot be read is not served from: the clients look elsewhere, the operator finds it in the log. */
  #load(replica: Replica, from: number): void {
    try {
      this.#loadChunk(replica, from);
    } catch (error) {
      this.#state = 'failed';
      this.#node.log('error', 'groups cannot be loaded', {
        partition: this.partition,
        offset: from,
        reason: reasonOf(error),
      });
    }
  }

  #loadChunk(replica: Replica, from: number): void {
    const { log } = replica;
    const { records: bytes } = log.read(Math.max(from, log.logStartOffset), LOAD_CHUNK);
    const now = this.#node.scheduler.now();
    let next = from;
    for (const { position } of batches(bytes)) {
      next = lastOffset(bytes, position) + 1;
      if (isControl(bytes, position)) continue;
      for (const { key, value, offset } of records(bytes, position)) this.#replay(key, value, offset, now);
    }
    if (bytes.length > 0) {
      this.#setTimer('load', 0, () => this.#load(replica, next));
      return;
    }
    this.#state = 'loaded';
    this.#node.log('debug', 'groups are loaded', { partition: this.partition, leaderEpoch: this.leaderEpoch });
    this.run((shard, turn) => shard.loaded(turn));
    for (const step of this.#whenLoaded.splice(0)) this.run(step);
  }

  /** One record that cannot be read must not take the groups beside it along. */
  #replay(key: Buffer | null, value: Buffer | null, offset: number, now: number): void {
    try {
      const record = this.#shard.replay(key, value, now);
      if (record.kind !== 'unknown-type' && record.kind !== 'unknown-version') return;
      this.#node.log('warn', 'skipping a group record of a newer kind', { partition: this.partition, offset });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#node.log('error', 'skipping a group record that cannot be read', {
        partition: this.partition,
        offset,
        reason: error.message,
      });
    }
  }
}

function applyOnce(pending: Pending): void {
  if (pending.applied) return;
  pending.applied = true;
  pending.append.apply();
}
