import { partitionOf } from '../../src/protocol/coordinator-partition.ts';
import { OFFSETS_TOPIC } from '../../src/protocol/internal-topics.ts';
import { SimAdmin } from './admin.ts';
import { check, type Terms, type UncleanElection } from './checker.ts';
import { checkGroups } from './checker-groups.ts';
import { type ClientWorld, keyOf } from './client.ts';
import { FaultSchedule } from './faults.ts';
import type { SendOp } from './history.ts';
import { checkFiles } from './invariants/files.ts';
import { Watch } from './invariants/watch.ts';
import { SimMember } from './member.ts';
import { expandSeed, type SimOptions } from './options.ts';
import { SimProducer } from './producer.ts';
import { SimReader } from './reader.ts';
import { finalRecords, lacking, missingCompacted, unequalReplicas } from './settled.ts';
import { spawn, type Task } from './task.ts';
import { SimWorld } from './world.ts';

/** Virtual ms after which everything has to be well again once nothing goes wrong any more. */
const LIVENESS_MS = 90_000;
/** How long clients go on after the cluster is well. */
const CALM_MS = 1000;
const EVERYTHING_EVERY_MS = 5000;
/** How long a partition may be without a leader, when nobody may lead, before the operator gives it one. */
const LAST_RESORT_MS = 20_000;

export interface SimResult {
  readonly options: SimOptions;
  /** The first thing that was wrong, or null. */
  readonly failure: string | null;
  /** All that happened in one number. */
  readonly trace: number;
  readonly stats: {
    readonly events: number;
    readonly changes: number;
    readonly virtualMs: number;
    readonly acknowledged: number;
    readonly polled: number;
    readonly commits: number;
    readonly elections: number;
    readonly unclean: number;
    readonly controllers: number;
  };
  /** The faults, in their order. */
  readonly faults: readonly string[];
}

class Violation extends Error {}

/** Runs one seed from its beginning to its end: faults and work, then healing, then the books are checked. */
export function simulate(seed: number, change: (options: SimOptions) => SimOptions = (same) => same): SimResult {
  return new Simulation(change(expandSeed(seed))).run();
}

class Simulation {
  readonly #options: SimOptions;
  readonly #world: SimWorld;
  readonly #watch: Watch;
  readonly #shared: ClientWorld;
  readonly #faults: FaultSchedule;
  readonly #admin: SimAdmin;
  readonly #members: (readonly SimMember[])[] = [];
  readonly #started: number;
  /** Clients that are still at work. */
  #atWork = 0;
  #polled = 0;

  constructor(options: SimOptions) {
    this.#options = options;
    this.#world = new SimWorld(options);
    this.#watch = new Watch(this.#world);
    this.#shared = { world: this.#world, history: [], stopping: false, membersStopping: false };
    this.#faults = new FaultSchedule(this.#world);
    const { topics, adminEveryMs, seed } = options;
    this.#admin = new SimAdmin(this.#shared, 'admin', seed + 1000, topics, adminEveryMs);
    this.#started = this.#world.scheduler.now();
    this.#world.scheduler.afterEvent = () => {
      this.#world.watching(() => this.#watch.afterEvent());
      if (this.#world.failure !== null) throw new Violation(this.#world.failure);
    };
  }

  run(): SimResult {
    let failure: string | null = null;
    try {
      this.#begin();
      this.#safety();
      this.#heal();
      this.#settle();
      failure = this.#world.failure;
    } catch (error) {
      failure = error instanceof Violation ? error.message : String(error instanceof Error ? error.stack : error);
    }
    return this.#result(failure);
  }

  #begin(): void {
    const { scheduler } = this.#world;
    for (const { id } of this.#world.hosts) this.#world.start(id);
    const ready = new Set<number>();
    for (const { id, runtime } of this.#world.hosts) runtime?.whenReady(() => ready.add(id));
    scheduler.runUntil(() => ready.size === this.#options.nodes);
    let isSetUp = false;
    const admin = this.#admin;
    const { topics } = this.#options;
    spawn(
      (function* setUp(): Task {
        for (const topic of topics) yield* admin.setUp(topic);
        isSetUp = true;
      })(),
    );
    scheduler.runUntil(() => isSetUp);
  }

  #safety(): void {
    this.#startClients();
    this.#faults.start();
    if (this.#options.adminEveryMs > 0) this.#work(this.#admin.run());
    const until = this.#world.scheduler.now() + this.#options.safetyMs;
    while (this.#world.scheduler.now() < until) {
      this.#world.scheduler.runFor(Math.min(EVERYTHING_EVERY_MS, until - this.#world.scheduler.now()));
      this.#lookAtEverything();
    }
    this.#faults.stop();
  }

  #startClients(): void {
    const { producers, readers, groups, topics, seed } = this.#options;
    let number = 0;
    const next = (): number => seed * 101 + number++;
    const acknowledged = (op: SendOp): void => this.#checkAcknowledged(op);
    const polled = (key: string, offset: number, value: string): void => this.#checkPolled(key, offset, value);
    const kinds = [
      { count: producers.acks0, name: 'p0', acks: 0, idempotent: false },
      { count: producers.acks1, name: 'p1', acks: 1, idempotent: false },
      { count: producers.acksAll, name: 'all', acks: -1, idempotent: false },
      { count: producers.idempotent, name: 'idem', acks: -1, idempotent: true },
    ] as const;
    for (const { count, name, acks, idempotent } of kinds) {
      for (let index = 0; index < count; index++) {
        const options = { acks, idempotent, topics, everyMs: 200, acknowledged };
        this.#work(new SimProducer(this.#shared, `${name}-${index}`, next(), options).run());
      }
    }
    for (let index = 0; index < readers; index++) {
      this.#work(new SimReader(this.#shared, `reader-${index}`, next(), { topics, polled }).run());
    }
    groups.forEach((size, group) => {
      const members = Array.from(
        { length: size },
        (_, index) =>
          new SimMember(this.#shared, `member-${group}-${index}`, next(), `group-${group}`, { topics, polled }),
      );
      for (const member of members) this.#work(member.run());
      this.#members.push(members);
    });
  }

  /** What was acknowledged by the whole ISR is committed at that moment, and it is what was sent. */
  #checkAcknowledged(op: SendOp): void {
    const committed = this.#watch.committed(op.key);
    if (op.acks !== -1 || op.offset < 0 || committed.isTainted || committed.holds(op.offset, op.value)) return;
    const record = committed.record(op.offset);
    const instead = record === undefined ? `${committed.end} is committed` : `there is ${record.value}`;
    this.#world.violation(`${op.key}: ${op.value} was acknowledged at ${op.offset}, where ${instead}`);
  }

  /** What a client is given is committed at that moment. */
  #checkPolled(key: string, offset: number, value: string): void {
    this.#polled++;
    const committed = this.#watch.committed(key);
    if (committed.isTainted || committed.holds(offset, value)) return;
    const there = committed.record(offset)?.value;
    this.#world.violation(`${key}: ${value} was read at ${offset}, which is not committed (there: ${there})`);
  }

  #lookAtEverything(): void {
    this.#world.watching(() => {
      this.#watch.compareEverything();
      for (const { id, runtime } of this.#world.running) {
        for (const replica of runtime?.replicas.all() ?? []) {
          const problem = checkFiles(this.#world.cluster.disk(id), replica);
          if (problem !== null) this.#world.violation(`node ${id}: ${problem}`);
        }
      }
    });
    if (this.#world.failure !== null) throw new Violation(this.#world.failure);
  }

  /** Nothing goes wrong any more: everything has to be well again within the limit. */
  #heal(): void {
    const world = this.#world;
    const { scheduler } = world;
    scheduler.after(0, () => world.heal());
    scheduler.runFor(0);
    this.#await(() => (world.hosts.some(({ leaving }) => leaving) ? 'a node does not come to its end' : null));
    for (const { id } of world.hosts) world.start(id);
    let resortedMs = scheduler.now();
    this.#await(() => {
      this.#restartWithoutDisk();
      if (scheduler.now() - resortedMs > LAST_RESORT_MS) {
        resortedMs = scheduler.now();
        this.#giveLeaders();
      }
      return lacking(world);
    });
    this.#await(() => (this.#members.every((members) => this.#isStable(members)) ? null : 'a group is not stable'));
    scheduler.runFor(CALM_MS);
    this.#shared.stopping = true;
    this.#shared.membersStopping = true;
    this.#await(() => (this.#atWork === 0 ? null : `${this.#atWork} clients do not come to an end`));
  }

  #work(task: Task): void {
    this.#atWork++;
    spawn(task, () => {
      this.#atWork--;
    });
  }

  /** A log directory that failed, or was found so at the start, ends its node, or is offline until that starts again. */
  #restartWithoutDisk(): void {
    for (const { id, diskFailed } of this.#world.hosts) {
      if (diskFailed) this.#world.kill(id);
      this.#world.start(id);
    }
  }

  #giveLeaders(): void {
    const image = this.#world.running[0]?.runtime?.node.image();
    for (const topic of image?.topics.values() ?? []) {
      for (const { partition, leader, isr, elr, lastKnownElr } of topic.partitions) {
        // Somebody who may lead, and is there, has to be elected without anybody's help.
        if (leader >= 0 || isr.length + elr.length + lastKnownElr.length > 0) continue;
        spawn(this.#admin.electUnclean(topic.name, partition));
      }
    }
  }

  /** Writes once more, reads everything, and compares what clients saw with what is there. */
  #settle(): void {
    const { topics, seed } = this.#options;
    const acknowledged = (op: SendOp): void => this.#checkAcknowledged(op);
    const polled = (key: string, offset: number, value: string): void => this.#checkPolled(key, offset, value);
    const options = { acks: -1, idempotent: false, topics, everyMs: 1, acknowledged } as const;
    const probe = new SimProducer(this.#shared, 'probe', seed + 2000, options);
    const reader = new SimReader(this.#shared, 'final', seed + 3000, { topics, polled });
    const deadline = this.#world.scheduler.now() + LIVENESS_MS;
    const world = this.#world;
    let isDone = false;
    spawn(
      (function* settle(): Task {
        for (const { name, partitions } of topics) {
          for (let partition = 0; partition < partitions; partition++) {
            const isWritten = yield* probe.probe(name, partition, deadline);
            if (!isWritten) world.violation(`nobody can write to ${name}-${partition}, although all is well`);
            const isRead = yield* reader.readAll(name, partition, deadline);
            if (!isRead) world.violation(`nobody can read ${name}-${partition}, although all is well`);
          }
        }
        isDone = true;
      })(),
    );
    this.#await(() => (isDone ? null : 'the last records are not written or not read'));
    this.#await(() => lacking(this.#world) ?? unequalReplicas(this.#world, this.#watch));
    this.#lookAtEverything();
    this.#judge();
  }

  #judge(): void {
    const { history } = this.#shared;
    const terms = this.#terms();
    const forgetful = new Set<string>();
    const image = this.#world.running[0]?.runtime?.node.image();
    const offsets = image?.topics.get(OFFSETS_TOPIC)?.partitions.length ?? 0;
    for (const group of this.#members.keys()) {
      const partition = offsets === 0 ? 0 : partitionOf(`group-${group}`, offsets);
      const key = keyOf(OFFSETS_TOPIC, partition);
      if (this.#watch.committed(key).isTainted || this.#watch.loads.isLost(key)) forgetful.add(`group-${group}`);
    }
    const findings = [...check(history, terms), ...checkGroups(history, forgetful)];
    for (const { anomaly, key, message } of findings) this.#world.violation(`${anomaly} in ${key}: ${message}`);
    for (const key of terms.compacted) {
      const missing = missingCompacted(this.#watch, key);
      if (missing !== null) this.#world.violation(`${key}: ${missing}`);
    }
    const lost = this.#admin.created.find((name) => image?.topics.has(name) !== true);
    if (lost !== undefined) this.#world.violation(`the topic ${lost} was created, and is gone`);
  }

  #terms(): Terms {
    const final = new Map<string, (readonly [number, string])[]>();
    const logStart = new Map<string, number>();
    const unclean = new Map<string, readonly UncleanElection[]>();
    const compacted = new Set<string>();
    for (const { name, partitions, configs } of this.#options.topics) {
      for (let partition = 0; partition < partitions; partition++) {
        const key = keyOf(name, partition);
        const leader = this.#watch.leader(key);
        final.set(key, leader === undefined ? [] : finalRecords(leader));
        logStart.set(key, leader?.log.logStartOffset ?? 0);
        unclean.set(key, this.#watch.committed(key).losses);
        if (configs['cleanup.policy'] === 'compact') compacted.add(key);
      }
    }
    return { final, logStart, unclean, compacted };
  }

  #isStable(members: readonly SimMember[]): boolean {
    const generations = new Set(members.map(({ generation }) => generation));
    const owned = members.flatMap((member) => member.owned);
    const all = this.#options.topics.reduce((sum, { partitions }) => sum + partitions, 0);
    return members.every(({ isMember }) => isMember) && generations.size === 1 && new Set(owned).size === all;
  }

  /** Lets time pass until nothing is lacking. */
  #await(lacks: () => string | null): void {
    const { scheduler } = this.#world;
    const until = scheduler.now() + LIVENESS_MS;
    for (let lack = lacks(); lack !== null; lack = lacks()) {
      if (scheduler.now() >= until) throw new Violation(`${LIVENESS_MS} ms after all is well again: ${lack}`);
      scheduler.runFor(100);
    }
  }

  #result(failure: string | null): SimResult {
    const { history } = this.#shared;
    const unclean = [...this.#watch.keys].reduce((sum, key) => sum + this.#watch.committed(key).losses.length, 0);
    return {
      options: this.#options,
      failure,
      trace: this.#watch.trace,
      faults: this.#faults.happened,
      stats: {
        events: this.#watch.events,
        changes: this.#watch.changes,
        virtualMs: this.#world.scheduler.now() - this.#started,
        acknowledged: history.filter((op) => op.kind === 'send' && op.outcome === 'ok').length,
        polled: this.#polled,
        commits: history.filter((op) => op.kind === 'commit' && op.outcome === 'ok').length,
        elections: this.#watch.elections,
        unclean,
        controllers: this.#watch.controllers,
      },
    };
  }
}
