import type { Disk } from '../../log/disk.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { Log, Scheduler, Timer } from '../env.ts';
import {
  isAnswer,
  type MetadataFetchRequest,
  type MetadataFetchResponse,
  type Network,
  type NoAnswer,
} from '../network.ts';
import { type Candidate, type Choice, chooseController } from './candidate.ts';
import { readQuorumState, writeQuorumState } from './metadata-log.ts';
import type { MetadataStore } from './metadata-store.ts';

/** How long the controller holds a fetch that has nothing to answer; the next one tells that it is alive. */
const FETCH_WAIT_MS = 500;
const FETCH_TIMEOUT_MS = 1500;
const PROBE_TIMEOUT_MS = 400;
const RETRY_MS = 50;
/** How often the controller looks for a rival on nodes that do not fetch from it. */
const RIVAL_CHECK_MS = 1000;
const HANDOVER_MS = 1000;
const NO_RECORDS = Buffer.alloc(0);

export interface QuorumOptions {
  readonly nodeId: number;
  /** All nodes of the cluster, this one included. */
  readonly nodeIds: readonly number[];
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly log: Log;
  readonly disk: Disk;
  readonly store: MetadataStore;
  /** This node is the controller of a new epoch. */
  readonly activate: (epoch: number, granting: readonly number[]) => void;
  readonly resign: () => void;
  /** The controller is known, or another one. */
  readonly changed: () => void;
}

interface WaitingFetch {
  readonly request: MetadataFetchRequest;
  readonly reply: (response: MetadataFetchResponse) => void;
  readonly timer: Timer;
}

type Role =
  | { readonly kind: 'looking' | 'active' | 'leaving' | 'stopped' }
  | { readonly kind: 'following'; readonly controllerId: number };

/**
 * Who the controller is, and the traffic of its log: a node looks for the controller, follows it by fetching its log,
 * or is it. There is no vote: the longest log and the lowest id win (see chooseController), each epoch belongs to one
 * node, and a controller that hears of a later epoch resigns and takes back what the later one does not have.
 */
export class Quorum {
  readonly #options: QuorumOptions;
  #role: Role = { kind: 'stopped' };
  #epoch: number;
  /** Whether this incarnation has had a controller: then it need not wait for a majority to find the next one. */
  #joined = false;
  /** Answers that belong to an earlier role, or round, are not looked at. */
  #round = 0;
  #timer: Timer | undefined;
  #waiting: WaitingFetch[] = [];
  /** While looking: the nodes that this one knows to look, too, so that a newcomer is told from them. */
  readonly #heard = new Set<number>();
  /** A node appeared since the round began. */
  #newcomer = false;
  /** Of each follower: up to where it has fetched, and when. */
  readonly #followers = new Map<number, { offset: number; atMs: number }>();

  constructor(options: QuorumOptions) {
    this.#options = options;
    this.#epoch = Math.max(readQuorumState(options.disk).leaderEpoch, options.store.lastEpoch);
  }

  /** The controller to call, or -1. */
  get controllerId(): number {
    if (this.#role.kind === 'following') return this.#role.controllerId;
    return this.#role.kind === 'active' ? this.#options.nodeId : -1;
  }

  /** Up to where the other nodes have fetched, for DescribeQuorum. Empty unless this node is the controller. */
  followers(): ReadonlyMap<number, { readonly offset: number; readonly atMs: number }> {
    return this.#followers;
  }

  start(): void {
    this.#look();
  }

  stop(): void {
    this.#enter({ kind: 'stopped' });
    for (const waiting of this.#waiting.splice(0)) waiting.timer.cancel();
  }

  /** Steps down in order: the others get what they lack first, and then know at once that they need another controller. */
  leave(done: () => void): void {
    const deadline = this.#options.scheduler.now() + HANDOVER_MS;
    const attempt = (): void => {
      const { store, scheduler } = this.#options;
      const behind = [...this.#followers].some(([id, { offset }]) => this.#isLive(id) && offset < store.endOffset);
      if (this.#role.kind === 'active' && behind && scheduler.now() < deadline) {
        this.#timer = scheduler.after(RETRY_MS, attempt);
        return;
      }
      this.#enter({ kind: 'leaving' });
      this.#answerWaiting();
      done();
    };
    attempt();
  }

  /** The log has grown: what waits for it is answered. */
  committed(): void {
    const ready = this.#waiting;
    this.#waiting = [];
    for (const waiting of ready) {
      waiting.timer.cancel();
      this.#answer(waiting.request, waiting.reply);
    }
  }

  serveFetch(from: number, request: MetadataFetchRequest, reply: (response: MetadataFetchResponse) => void): void {
    if (this.#role.kind === 'active' && request.controllerEpoch > this.#epoch) {
      this.#options.log('warn', 'a later controller is active: resigning', { epoch: request.controllerEpoch });
      this.#epoch = request.controllerEpoch;
      this.#look();
    }
    if (this.#role.kind === 'active' && request.maxWaitMs > 0) {
      this.#followers.set(from, { offset: request.fetchOffset, atMs: this.#options.scheduler.now() });
      if (request.fetchOffset === this.#options.store.endOffset) {
        const waiting: WaitingFetch = {
          request,
          reply,
          timer: this.#options.scheduler.after(request.maxWaitMs, () => {
            this.#waiting = this.#waiting.filter((other) => other !== waiting);
            this.#answer(request, reply);
          }),
        };
        this.#waiting.push(waiting);
        return;
      }
    }
    this.#answer(request, reply);
    if (this.#role.kind === 'looking') this.#heardFrom(from, request);
  }

  /** Somebody who just started, or became the controller, need not be waited for until the next round. */
  #heardFrom(from: number, request: MetadataFetchRequest): void {
    if (request.controllerEpoch <= this.#epoch && this.#heard.has(from)) return;
    this.#heard.add(from);
    if (this.#timer === undefined) this.#newcomer = true;
    else this.#look();
  }

  #answer(request: MetadataFetchRequest, reply: (response: MetadataFetchResponse) => void): void {
    const { store } = this.#options;
    const gone = this.#role.kind === 'leaving' || this.#role.kind === 'stopped';
    const state = {
      controllerId: this.controllerId,
      controllerEpoch: this.#epoch,
      highWatermark: store.endOffset,
      // Who is on the way out must not be waited for.
      endOffset: gone ? -1 : store.endOffset,
      lastEpoch: gone ? -1 : store.lastEpoch,
    };
    if (this.#role.kind !== 'active') {
      reply({ ...state, errorCode: ErrorCode.NOT_CONTROLLER, diverging: null, records: NO_RECORDS });
      return;
    }
    const diverging = this.#divergence(request);
    const records = diverging === null ? store.read(request.fetchOffset) : NO_RECORDS;
    reply({ ...state, errorCode: ErrorCode.NONE, diverging, records });
  }

  /** Where a follower's log parts from this one, or null where it is a beginning of it. */
  #divergence(request: MetadataFetchRequest): MetadataFetchResponse['diverging'] {
    if (request.lastFetchedEpoch < 0) return null;
    const end = this.#options.store.endOffsetForEpoch(request.lastFetchedEpoch);
    return end.epoch < request.lastFetchedEpoch || end.endOffset < request.fetchOffset ? end : null;
  }

  #enter(role: Role): void {
    const wasActive = this.#role.kind === 'active';
    this.#role = role;
    this.#round++;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (role.kind !== 'looking') this.#heard.clear();
    if (wasActive) {
      this.#followers.clear();
      this.#options.resign();
    }
  }

  #answerWaiting(): void {
    for (const waiting of this.#waiting.splice(0)) {
      waiting.timer.cancel();
      this.#answer(waiting.request, waiting.reply);
    }
  }

  /** Asks all other nodes who the controller is, and decides when all have answered, or time is up. */
  #look(): void {
    this.#enter({ kind: 'looking' });
    this.#answerWaiting();
    this.#newcomer = false;
    const round = this.#round;
    const others = this.#others();
    const answers: Candidate[] = [];
    let left = others.length;
    const decide = (): void => {
      if (this.#round !== round) return;
      this.#decide(answers);
    };
    for (const id of others) {
      this.#fetch(id, 0, PROBE_TIMEOUT_MS, (response) => {
        if (this.#round !== round) return;
        if (isAnswer(response) && response.endOffset >= 0) {
          this.#heard.add(id);
          answers.push({ id, ...response });
        }
        left--;
        if (left === 0) decide();
      });
    }
    if (left === 0) this.#timer = this.#options.scheduler.after(0, decide);
  }

  #decide(answers: readonly Candidate[]): void {
    const { nodeId, nodeIds, store, scheduler } = this.#options;
    const self: Candidate = {
      id: nodeId,
      controllerId: -1,
      controllerEpoch: this.#epoch,
      lastEpoch: store.lastEpoch,
      endOffset: store.endOffset,
    };
    const choice = chooseController(self, answers, nodeIds, !this.#joined);
    if (choice.kind === 'follow') this.#follow(choice.controllerId, choice.epoch);
    else if (choice.kind === 'claim') this.#claim(choice);
    else if (this.#newcomer) this.#look();
    else {
      this.#round++;
      this.#timer = scheduler.after(RETRY_MS, () => this.#look());
    }
  }

  #claim(choice: Choice & { readonly kind: 'claim' }): void {
    const { nodeId, nodeIds, store, disk, log } = this.#options;
    this.#enter({ kind: 'active' });
    this.#epoch = choice.epoch;
    this.#joined = true;
    writeQuorumState(disk, { leaderId: nodeId, leaderEpoch: choice.epoch }, nodeIds);
    store.setController(nodeId);
    log('info', 'this node is the controller', { epoch: choice.epoch });
    this.#options.activate(choice.epoch, choice.granting);
    this.#options.changed();
    this.#watchRivals();
  }

  /** Tells the nodes that do not follow of this controller's epoch, now and from time to time; resigns for a later one. */
  #watchRivals(): void {
    const round = this.#round;
    for (const id of this.#others()) {
      if (this.#isLive(id)) continue;
      this.#fetch(id, 0, PROBE_TIMEOUT_MS, (response) => {
        if (this.#round !== round || !isAnswer(response) || response.controllerEpoch <= this.#epoch) return;
        this.#epoch = response.controllerEpoch;
        this.#look();
      });
    }
    this.#timer = this.#options.scheduler.after(RIVAL_CHECK_MS, () => this.#watchRivals());
  }

  #isLive(id: number): boolean {
    const follower = this.#followers.get(id);
    return follower !== undefined && this.#options.scheduler.now() - follower.atMs <= 2 * FETCH_WAIT_MS;
  }

  #follow(controllerId: number, epoch: number): void {
    const { nodeIds, store, disk } = this.#options;
    this.#enter({ kind: 'following', controllerId });
    if (epoch !== this.#epoch || !this.#joined)
      writeQuorumState(disk, { leaderId: controllerId, leaderEpoch: epoch }, nodeIds);
    this.#epoch = epoch;
    this.#joined = true;
    store.setController(controllerId);
    this.#options.changed();
    this.#fetchNext(controllerId);
  }

  #fetchNext(controllerId: number): void {
    const round = this.#round;
    this.#fetch(controllerId, FETCH_WAIT_MS, FETCH_TIMEOUT_MS, (response) => {
      if (this.#round !== round) return;
      if (!isAnswer(response) || response.errorCode !== ErrorCode.NONE || response.controllerEpoch !== this.#epoch) {
        this.#look();
        return;
      }
      const { store } = this.#options;
      if (response.diverging !== null) {
        const own = store.endOffsetForEpoch(response.diverging.epoch);
        store.truncateTo(Math.max(0, Math.min(own.endOffset, response.diverging.endOffset)));
      } else if (response.records.length > 0) {
        store.appendFetched(response.records);
      }
      if (this.#round === round) this.#fetchNext(controllerId);
    });
  }

  #fetch(
    to: number,
    maxWaitMs: number,
    timeoutMs: number,
    done: (response: MetadataFetchResponse | NoAnswer) => void,
  ): void {
    const { nodeId, network, store } = this.#options;
    const request: MetadataFetchRequest = {
      replicaId: nodeId,
      fetchOffset: store.endOffset,
      lastFetchedEpoch: store.lastEpoch,
      controllerEpoch: this.#epoch,
      maxWaitMs,
    };
    network.call(nodeId, to, 'metadataFetch', request, timeoutMs, done);
  }

  #others(): number[] {
    return this.#options.nodeIds.filter((id) => id !== this.#options.nodeId);
  }
}
