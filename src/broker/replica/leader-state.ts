/** What a leader knows of one follower from its fetches. */
interface Follower {
  /** -1 until it has fetched in this leader epoch. */
  logEndOffset: number;
  logStartOffset: number;
  lastFetchTimeMs: number;
  /** The leader's log end when the follower fetched last. */
  leaderEndAtLastFetch: number;
  lastCaughtUpTimeMs: number;
  /** The high watermark that it was told last. */
  knownHighWatermark: number;
}

/** The ISR as the controller last confirmed it. */
export interface ConfirmedIsr {
  readonly isr: readonly number[];
  readonly partitionEpoch: number;
}

export interface LeaderOptions {
  readonly nodeId: number;
  readonly leaderEpoch: number;
  /** The leader's log end when it took over: a follower must reach it before it may join the ISR. */
  readonly epochStartOffset: number;
  readonly replicas: readonly number[];
  readonly confirmed: ConfirmedIsr;
  readonly now: number;
}

/** What holds the high watermark back beside the followers' progress. */
export interface HighWatermarkLimits {
  /** min.insync.replicas */
  readonly minIsr: number;
  readonly lagMaxMs: number;
  readonly now: number;
  readonly mayJoin: (broker: number) => boolean;
}

/**
 * One partition as its leader sees it during one leader epoch: how far each follower is, who is in sync, and how far
 * the high watermark may go. Knows no log and no clock; both come in as numbers.
 */
export class LeaderState {
  readonly leaderEpoch: number;
  readonly epochStartOffset: number;
  readonly #nodeId: number;
  #replicas: readonly number[];
  #confirmed: ConfirmedIsr;
  /** The ISR that the controller was asked for and has not answered yet. */
  #proposed: readonly number[] | null = null;
  readonly #followers = new Map<number, Follower>();

  constructor(options: LeaderOptions) {
    this.leaderEpoch = options.leaderEpoch;
    this.epochStartOffset = options.epochStartOffset;
    this.#nodeId = options.nodeId;
    this.#replicas = options.replicas;
    this.#confirmed = options.confirmed;
    this.#addFollowers(options.now);
  }

  get isr(): readonly number[] {
    return this.#confirmed.isr;
  }

  get partitionEpoch(): number {
    return this.#confirmed.partitionEpoch;
  }

  get replicas(): readonly number[] {
    return this.#replicas;
  }

  get proposalInFlight(): boolean {
    return this.#proposed !== null;
  }

  /**
   * Everyone who is in sync, or will be should the controller agree to what it was asked: what the high watermark
   * waits for, so that it stays right whatever the answer is.
   */
  maximalIsr(): ReadonlySet<number> {
    return new Set(this.#proposed === null ? this.#confirmed.isr : [...this.#confirmed.isr, ...this.#proposed]);
  }

  /** Takes what the metadata says, unless something newer is known. */
  confirm(confirmed: ConfirmedIsr, replicas: readonly number[], now: number): void {
    this.#replicas = replicas;
    for (const id of this.#followers.keys()) if (!replicas.includes(id)) this.#followers.delete(id);
    this.#addFollowers(now);
    if (confirmed.partitionEpoch < this.#confirmed.partitionEpoch) return;
    if (confirmed.partitionEpoch > this.#confirmed.partitionEpoch) this.#proposed = null;
    this.#confirmed = confirmed;
  }

  propose(isr: readonly number[]): void {
    this.#proposed = isr;
  }

  /** The controller refused, or changed nothing: what was confirmed before still holds. */
  withdraw(): void {
    this.#proposed = null;
  }

  /**
   * A follower asks for `fetchOffset`, so it has everything before. It counts as caught up now when that is the
   * leader's end, or as of its previous fetch when it is what the end was then: a follower that is always one round
   * trip behind a busy leader is not lagging.
   */
  fetched(follower: number, fetchOffset: number, logStartOffset: number, leaderEnd: number, now: number): void {
    const state = this.#followers.get(follower);
    if (state === undefined) return;
    if (fetchOffset >= leaderEnd) state.lastCaughtUpTimeMs = Math.max(state.lastCaughtUpTimeMs, now);
    else if (fetchOffset >= state.leaderEndAtLastFetch && state.lastFetchTimeMs >= 0) {
      state.lastCaughtUpTimeMs = Math.max(state.lastCaughtUpTimeMs, state.lastFetchTimeMs);
    }
    state.logEndOffset = fetchOffset;
    state.logStartOffset = logStartOffset;
    state.leaderEndAtLastFetch = leaderEnd;
    state.lastFetchTimeMs = now;
  }

  isFollower(id: number): boolean {
    return this.#followers.has(id);
  }

  /** -1 where the follower has not fetched in this epoch. */
  followerEndOffset(id: number): number {
    return this.#followers.get(id)?.logEndOffset ?? -1;
  }

  /** The high watermark that a follower knows; -1 before it was told one. */
  knownHighWatermark(follower: number): number {
    return this.#followers.get(follower)?.knownHighWatermark ?? -1;
  }

  toldHighWatermark(follower: number, highWatermark: number): void {
    const state = this.#followers.get(follower);
    if (state !== undefined) state.knownHighWatermark = highWatermark;
  }

  /**
   * How far the high watermark may be: the least log end over the maximal ISR, and over caught-up replicas that are
   * about to join it (`mayJoin`: their brokers live and do not stop). Null while it must not move: below the minimum
   * ISR (KIP-966), or before every in-sync follower has fetched in this epoch.
   */
  highWatermark(leaderEnd: number, limits: HighWatermarkLimits): number | null {
    if (!this.hasEnoughInSync(limits.minIsr)) return null;
    const { lagMaxMs, now } = limits;
    let least = leaderEnd;
    const maximal = this.maximalIsr();
    for (const [id, follower] of this.#followers) {
      if (!maximal.has(id)) {
        const isJoining = follower.logEndOffset >= 0 && isCaughtUp(follower, leaderEnd, lagMaxMs, now);
        if (!isJoining || !limits.mayJoin(id)) continue;
      }
      if (follower.logEndOffset < 0) return null;
      least = Math.min(least, follower.logEndOffset);
    }
    return least;
  }

  hasEnoughInSync(minIsr: number): boolean {
    return this.#confirmed.isr.length >= Math.min(minIsr, this.#replicas.length);
  }

  /** The ISR without those who have not caught up within `lagMaxMs`; null when nobody is to be removed. */
  shrunk(leaderEnd: number, lagMaxMs: number, now: number): readonly number[] | null {
    if (this.#proposed !== null) return null;
    const rest = this.#confirmed.isr.filter((id) => {
      if (id === this.#nodeId) return true;
      const follower = this.#followers.get(id);
      return follower === undefined || isCaughtUp(follower, leaderEnd, lagMaxMs, now);
    });
    return rest.length === this.#confirmed.isr.length ? null : rest;
  }

  /** The ISR with this follower, when it has reached the high watermark and the start of this epoch; null otherwise. */
  expanded(follower: number, highWatermark: number): readonly number[] | null {
    if (this.#proposed !== null || this.#confirmed.isr.includes(follower)) return null;
    const end = this.followerEndOffset(follower);
    if (end < highWatermark || end < this.epochStartOffset) return null;
    return [...this.#confirmed.isr, follower];
  }

  /** The first offset in a follower's log; -1 where the follower has not fetched in this epoch. */
  followerLogStart(id: number): number {
    return this.#followers.get(id)?.logStartOffset ?? -1;
  }

  /** The least log start over this replica and all those that count: below it, nobody has records any more. */
  lowWatermark(leaderLogStart: number, counts: (follower: number) => boolean): number {
    let least = leaderLogStart;
    for (const [id, follower] of this.#followers) if (counts(id)) least = Math.min(least, follower.logStartOffset);
    return least;
  }

  #addFollowers(now: number): void {
    for (const id of this.#replicas) {
      if (id === this.#nodeId || this.#followers.has(id)) continue;
      this.#followers.set(id, {
        logEndOffset: -1,
        logStartOffset: -1,
        lastFetchTimeMs: -1,
        leaderEndAtLastFetch: -1,
        // Who was in sync under the last leader gets the full time to show up at this one.
        lastCaughtUpTimeMs: this.#confirmed.isr.includes(id) ? now : 0,
        knownHighWatermark: -1,
      });
    }
  }
}

function isCaughtUp(follower: Follower, leaderEnd: number, lagMaxMs: number, now: number): boolean {
  return follower.logEndOffset === leaderEnd || now - follower.lastCaughtUpTimeMs <= lagMaxMs;
}
