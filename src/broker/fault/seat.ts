import type { Outcome } from '../dispatch.ts';
import type { Random, Scheduler, Timer } from '../env.ts';
import type { MetadataImage } from '../image.ts';
import type { AnswerTo, CallName, CallRequest, Network, Serve } from '../network.ts';
import type { FaultDisk } from './fault-disk.ts';
import { Gate, GatedScheduler } from './gate.ts';
import { Lane } from './lane.ts';
import type { Links } from './links.ts';
import { RequestFaults } from './requests.ts';

/** What an incarnation of a node lets the faults do with it. */
export interface SeatHooks {
  /** Moves the leadership of a partition to another in-sync replica; false where this node is not the controller. */
  moveLeader(topic: string, partition: number): boolean;
  /** Removes a dynamic broker config, through the controller. */
  removeConfig(resource: string, key: string): void;
}

export interface SeatOptions {
  readonly nodeId: number;
  /** What the world gives to this incarnation. */
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly links: Links;
  /** Undefined where the node's disk was not given to the faults. */
  readonly disk: FaultDisk | undefined;
  skewMs(): number;
  /** This node has replayed a new image. */
  followed(image: MetadataImage): void;
  left(): void;
}

/** The APIs that read or write logs, and so wait for a slow disk: data, and what coordinators write down. */
const LOG_APIS: ReadonlySet<number> = new Set([0, 1, 2, 8, 11, 13, 14, 21, 23, 26, 27, 28, 42, 47, 61, 68]);

/** The faults as one incarnation of a node meets them: all that comes to it, and all that leaves it, passes here. */
export class Seat {
  readonly nodeId: number;
  readonly gate = new Gate();
  readonly scheduler: Scheduler;
  readonly requests: RequestFaults;
  /** The offset of the newest image that this node has replayed. */
  replayed = -1;
  #hooks: SeatHooks | null = null;
  readonly #options: SeatOptions;
  readonly #lane: Lane;

  constructor(options: SeatOptions) {
    this.#options = options;
    this.nodeId = options.nodeId;
    this.scheduler = new GatedScheduler(options.scheduler, this.gate, options.skewMs);
    this.requests = new RequestFaults(this.scheduler, options.random);
    this.#lane = new Lane(this.scheduler, () => options.disk?.takeUsedMs() ?? 0);
  }

  /** Null until the incarnation is put together. */
  get hooks(): SeatHooks | null {
    return this.#hooks;
  }

  /** Whether the node goes on when this log directory fails, because it has others. */
  get hasOtherLogDirs(): boolean {
    return this.#options.disk?.isOneOfMany ?? false;
  }

  connect(hooks: SeatHooks): void {
    this.#hooks = hooks;
  }

  followed(image: MetadataImage): void {
    this.replayed = image.offset;
    this.#options.followed(image);
  }

  /** The incarnation has ended. */
  leave(): void {
    this.gate.close();
    this.#options.left();
  }

  /** Takes a client's request to the node, and its answer back. */
  request(frame: Buffer, done: (outcome: Outcome) => void, serve: (done: (outcome: Outcome) => void) => void): void {
    const { links } = this.#options;
    const usesLogs = frame.length >= 2 && LOG_APIS.has(frame.readInt16BE(0));
    const answer = (outcome: Outcome): void => {
      if (this.#isCalm) done(outcome);
      else
        this.#leave(usesLogs, () => links.send({ from: this.nodeId, to: 'clients', call: null }, () => done(outcome)));
    };
    if (this.#isCalm) serve(answer);
    else {
      links.send({ from: 'clients', to: this.nodeId, call: null }, () => this.#enter(usesLogs, () => serve(answer)));
    }
  }

  /** The network as this node has it. */
  network(inner: Network): Network {
    return {
      attach: (nodeId, serve) => inner.attach(nodeId, this.#serving(nodeId, serve)),
      call: (from, to, name, request, timeoutMs, done) => {
        const usesLogs = name === 'replicaFetch';
        const settle: typeof done = (response) => {
          if (this.#isCalm) done(response);
          else this.#enter(usesLogs, () => done(response));
        };
        if (this.#isCalm) inner.call(from, to, name, request, timeoutMs, settle);
        else this.#leave(usesLogs, () => this.#call(inner, from, to, name, request, timeoutMs, settle));
      },
    };
  }

  #serving(nodeId: number, serve: Serve): Serve {
    return (from, name, request, reply) => {
      const usesLogs = name === 'replicaFetch';
      const answer: typeof reply = (response) => {
        if (this.#isCalm || from === nodeId) reply(response);
        else {
          this.#leave(usesLogs, () =>
            this.#options.links.send({ from: nodeId, to: from, call: name }, () => reply(response)),
          );
        }
      };
      if (this.#isCalm) serve(from, name, request, answer);
      else this.#enter(usesLogs, () => serve(from, name, request, answer));
    };
  }

  /** Whether nothing holds up or turns away what comes to this node and leaves it: the short way for all of it. */
  get #isCalm(): boolean {
    const { links, disk } = this.#options;
    return links.isCalm && !this.gate.isHolding && this.#lane.isIdle && disk?.isSlow !== true;
  }

  #enter(usesLogs: boolean, run: () => void): void {
    this.gate.enter(() => {
      if (usesLogs) this.#lane.enter(run);
      else run();
    });
  }

  #leave(usesLogs: boolean, run: () => void): void {
    if (usesLogs) this.#lane.leave(run);
    else run();
  }

  #call<N extends CallName>(
    inner: Network,
    from: number,
    to: number,
    name: N,
    request: CallRequest<N>,
    timeoutMs: number,
    done: AnswerTo<N>,
  ): void {
    if (from === to) {
      inner.call(from, to, name, request, timeoutMs, done);
      return;
    }
    const { links, scheduler } = this.#options;
    const sentAt = scheduler.now();
    let timer: Timer | null = null;
    let sent = false;
    const takeBack = links.send({ from, to, call: name }, () => {
      sent = true;
      timer?.cancel();
      inner.call(from, to, name, request, Math.max(0, timeoutMs - (scheduler.now() - sentAt)), done);
    });
    if (sent) return;
    timer = scheduler.after(timeoutMs, () => {
      takeBack();
      done({ noAnswer: 'timed-out' });
    });
  }
}
