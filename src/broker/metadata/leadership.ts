import { ErrorCode } from '../../protocol/errors.ts';
import type { Scheduler, Timer } from '../env.ts';
import type { MetadataFetchRequest, MetadataFetchResponse } from '../network.ts';
import { isMajority } from './candidate.ts';
import type { MetadataStore } from './metadata-store.ts';

/**
 * A voter that did not fetch for so long counts as gone; a controller without a majority
 * of live voters resigns, about when those who cannot reach it give it up.
 */
const FOLLOWER_TIMEOUT_MS = 2000;
const CHECK_MS = 500;
const NO_RECORDS = Buffer.alloc(0);

type Reply = (response: MetadataFetchResponse) => void;

interface Follower {
  /** What it has, and when it said so. */
  readonly offset: number;
  readonly atMs: number;
  /** Where the log ended then. */
  readonly logEnd: number;
  /** When it last had all that there was; -1: not in this epoch. */
  readonly caughtUpMs: number;
}

interface Waiting {
  readonly from: number;
  readonly request: MetadataFetchRequest;
  readonly reply: Reply;
  readonly timer: Timer;
}

export interface LeadershipOptions {
  readonly nodeId: number;
  readonly nodeIds: readonly number[];
  readonly epoch: number;
  readonly scheduler: Scheduler;
  readonly store: MetadataStore;
  /** More of the log is committed, and published. */
  readonly committed: () => void;
  /** Too few voters follow. */
  readonly lost: () => void;
}

/** The controller's side of the metadata log: who follows it how far, what is therefore committed, and who waits. */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #followers = new Map<number, Follower>();
  /** The high watermark that each follower was last told. */
  readonly #told = new Map<number, number>();
  readonly #startOffset: number;
  readonly #startedMs: number;
  #waiting: Waiting[] = [];
  #timer: Timer;
  /** Whether anything of this epoch is committed: until then, what is committed at all is not known for sure. */
  #confirmed = false;

  constructor(options: LeadershipOptions) {
    this.#options = options;
    this.#startOffset = options.store.endOffset;
    this.#startedMs = options.scheduler.now();
    this.#timer = options.scheduler.after(CHECK_MS, () => this.#check());
  }

  get followers(): ReadonlyMap<number, Follower> {
    return this.#followers;
  }

  get highWatermark(): number {
    return this.#confirmed ? this.#options.store.committedOffset : 0;
  }

  /** Whether nothing is under way, so that a voter may come or go. */
  get isSettled(): boolean {
    return this.#confirmed && this.#options.store.committedOffset === this.#options.store.endOffset;
  }

  isLive(id: number): boolean {
    const since = this.#followers.get(id)?.atMs ?? this.#startedMs;
    return this.#options.scheduler.now() - since < FOLLOWER_TIMEOUT_MS;
  }

  fetch(from: number, request: MetadataFetchRequest, reply: Reply): void {
    const { store, scheduler } = this.#options;
    const diverging = this.#divergence(request);
    if (diverging !== null) {
      this.#answer(from, request, reply, diverging);
      return;
    }
    this.#followers.set(
      from,
      follower(request.fetchOffset, scheduler.now(), store.endOffset, this.#followers.get(from)),
    );
    this.#advance();
    if (request.fetchOffset < store.endOffset || (this.#told.get(from) ?? 0) < this.highWatermark) {
      this.#answer(from, request, reply, null);
      return;
    }
    const waiting: Waiting = {
      from,
      request,
      reply,
      timer: scheduler.after(request.maxWaitMs, () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        this.#answer(from, request, reply, null);
      }),
    };
    this.#waiting.push(waiting);
  }

  /** The log has grown. */
  appended(): void {
    this.#advance();
    this.#wake();
  }

  /** Ends it; returns the fetches that still wait for an answer. */
  stop(): { readonly request: MetadataFetchRequest; readonly reply: Reply }[] {
    this.#timer.cancel();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { timer } of waiting) timer.cancel();
    return waiting;
  }

  /** Commits what a majority of the voters has, once that includes something of this epoch (Raft §5.4.2). */
  #advance(): void {
    const { store, nodeId, nodeIds } = this.#options;
    const ends = store
      .voters(nodeIds)
      .map((id) => (id === nodeId ? store.endOffset : (this.#followers.get(id)?.offset ?? 0)))
      .sort((a, b) => b - a);
    const majority = ends[Math.floor(ends.length / 2)] ?? 0;
    if (majority <= this.#startOffset || (this.#confirmed && majority <= store.committedOffset)) return;
    this.#confirmed = true;
    store.commitTo(majority);
    this.#wake();
    this.#options.committed();
  }

  #wake(): void {
    const { store } = this.#options;
    const ready: Waiting[] = [];
    const rest: Waiting[] = [];
    for (const waiting of this.#waiting) {
      const hasNews =
        waiting.request.fetchOffset < store.endOffset || (this.#told.get(waiting.from) ?? 0) < this.highWatermark;
      (hasNews ? ready : rest).push(waiting);
    }
    this.#waiting = rest;
    for (const { timer, from, request, reply } of ready) {
      timer.cancel();
      this.#answer(from, request, reply, null);
    }
  }

  #answer(
    from: number,
    request: MetadataFetchRequest,
    reply: Reply,
    diverging: MetadataFetchResponse['diverging'],
  ): void {
    const { store, nodeId, epoch } = this.#options;
    this.#told.set(from, this.highWatermark);
    reply({
      errorCode: ErrorCode.NONE,
      controllerId: nodeId,
      controllerEpoch: epoch,
      highWatermark: this.highWatermark,
      endOffset: store.endOffset,
      lastEpoch: store.lastEpoch,
      diverging,
      records: diverging === null ? store.read(request.fetchOffset) : NO_RECORDS,
    });
  }

  /** Where a follower's log parts from this one, or null where it is a beginning of it. */
  #divergence(request: MetadataFetchRequest): MetadataFetchResponse['diverging'] {
    if (request.lastFetchedEpoch < 0) return null;
    const end = this.#options.store.endOffsetForEpoch(request.lastFetchedEpoch);
    return end.epoch < request.lastFetchedEpoch || end.endOffset < request.fetchOffset ? end : null;
  }

  #check(): void {
    const { store, nodeId, nodeIds, scheduler, lost } = this.#options;
    const voters = store.voters(nodeIds);
    const live = voters.filter((id) => id === nodeId || this.isLive(id));
    if (!isMajority(live.length, voters)) {
      lost();
      return;
    }
    this.#timer = scheduler.after(CHECK_MS, () => this.#check());
  }
}

/** A follower that fetches: caught up now when it has everything, and at its last fetch when it has what there was then. */
function follower(offset: number, atMs: number, logEnd: number, before: Follower | undefined): Follower {
  if (offset >= logEnd) return { offset, atMs, logEnd, caughtUpMs: atMs };
  if (before === undefined) return { offset, atMs, logEnd, caughtUpMs: -1 };
  return { offset, atMs, logEnd, caughtUpMs: offset >= before.logEnd ? before.atMs : before.caughtUpMs };
}
