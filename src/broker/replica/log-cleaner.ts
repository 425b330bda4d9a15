import type { LogCleaning } from '../../log/cleaner.ts';
import { type CleaningPlan, isDue } from '../../log/cleaner-plan.ts';
import { DiskError } from '../../log/disk.ts';
import type { TopicConfig } from '../config/topic-config.ts';
import { type Log, reasonOf, type Scheduler, type Timer } from '../env.ts';
import type { NodeConfig } from '../node.ts';
import type { PartitionReplica } from './replica.ts';

/** How much of a log is read before others get a turn: some milliseconds' work. */
const STEP_BYTES = 512 * 1024;
const STEP_PAUSE_MS = 1;
/** What Kafka's cleaner takes for a key in its buffer: a hash of 16 bytes, and an offset. */
const BYTES_PER_KEY = 24;

export interface LogCleanerOptions {
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly config: NodeConfig;
  /** The replicas of this node. */
  replicas(): Iterable<PartitionReplica>;
  topicConfig(topic: string): TopicConfig;
  /** Writes down how far the logs are clean. */
  checkpoint(): void;
}

interface Candidate {
  readonly replica: PartitionReplica;
  readonly plan: CleaningPlan;
}

/** Compacts the logs of a node, one at a time and the one that needs it most first, in turns that keep the node answering. */
export class LogCleaner {
  readonly #options: LogCleanerOptions;
  /** Logs with a batch that cannot be read: left as they are until the node starts anew. */
  readonly #uncleanable = new WeakSet<PartitionReplica>();
  #current: { readonly replica: PartitionReplica; readonly cleaning: LogCleaning } | null = null;
  #timer: Timer | null = null;
  /** For how long it rests now; null while it works, and where it was not started. */
  #restMs: number | null = null;

  constructor(options: LogCleanerOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#options.config.boolean('log.cleaner.enable')) this.#rest();
  }

  /** A rest of another length begins anew. */
  configsChanged(): void {
    if (this.#restMs === null || this.#restMs === this.#backoffMs()) return;
    this.#timer?.cancel();
    this.#rest();
  }

  /** Ends in order: what was not swapped in is removed. */
  stop(): void {
    this.#current?.cleaning.abandon();
    this.kill();
  }

  /** Ends like a process that is killed: the disk stays as it is. */
  kill(): void {
    this.#timer?.cancel();
    this.#current = null;
    this.#restMs = null;
  }

  #rest(): void {
    this.#restMs = this.#backoffMs();
    this.#later(this.#restMs);
  }

  #later(delayMs: number): void {
    this.#timer = this.#options.scheduler.after(delayMs, () => {
      this.#restMs = null;
      this.#turn();
      if (this.#current === null) this.#rest();
      else this.#later(STEP_PAUSE_MS);
    });
  }

  #backoffMs(): number {
    return Math.max(STEP_PAUSE_MS, this.#options.config.number('log.cleaner.backoff.ms'));
  }

  #turn(): void {
    const current = this.#current ?? this.#begin();
    if (current === null) return;
    const { replica, cleaning } = current;
    try {
      this.#current = current;
      if (!cleaning.step(STEP_BYTES)) return;
      this.#options.checkpoint();
      this.#current = this.#begin();
    } catch (error) {
      this.#current = null;
      this.#failed(replica, cleaning, error);
    }
  }

  #begin(): { readonly replica: PartitionReplica; readonly cleaning: LogCleaning } | null {
    const { config, topicConfig } = this.#options;
    const next = this.#mostUrgent();
    if (next === null) return null;
    const { replica, plan } = next;
    const bufferBytes =
      config.number('log.cleaner.dedupe.buffer.size') * config.number('log.cleaner.io.buffer.load.factor');
    const cleaning = replica.log.compaction.clean(plan, {
      deleteRetentionMs: topicConfig(replica.topic).deleteRetentionMs,
      maxKeys: Math.max(1, Math.floor(bufferBytes / BYTES_PER_KEY)),
    });
    return { replica, cleaning };
  }

  /** What waited too long goes first, then what has the largest dirty share. */
  #mostUrgent(): Candidate | null {
    let best: Candidate | null = null;
    for (const candidate of this.#candidates()) {
      if (best === null || urgency(candidate.plan) > urgency(best.plan)) best = candidate;
    }
    return best;
  }

  *#candidates(): Generator<Candidate> {
    for (const replica of this.#options.replicas()) {
      const config = this.#options.topicConfig(replica.topic);
      if (!config.cleanupPolicy.compact || this.#uncleanable.has(replica)) continue;
      try {
        const plan = replica.log.compaction.plan(config, replica.lastStableOffset);
        if (plan !== null && isDue(plan, config)) yield { replica, plan };
      } catch (error) {
        this.#uncleanable.add(replica);
        replica.failed(error);
      }
    }
  }

  #failed(replica: PartitionReplica, cleaning: LogCleaning, error: unknown): void {
    this.#uncleanable.add(replica);
    this.#options.log('error', 'a log cannot be compacted, and is left as it is', {
      topic: replica.topic,
      partition: replica.partition,
      reason: reasonOf(error),
    });
    try {
      cleaning.abandon();
    } catch (failure) {
      replica.failed(failure);
    }
    if (error instanceof DiskError) replica.failed(error);
  }
}

function urgency(plan: CleaningPlan): number {
  return plan.overdue ? 1 + plan.dirtyRatio : plan.dirtyRatio;
}
