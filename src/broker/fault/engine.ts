import type { Disk } from '../../log/disk.ts';
import { partitionOf } from '../../protocol/coordinator-partition.ts';
import { OFFSETS_TOPIC } from '../../protocol/internal-topics.ts';
import { FAULT_PREFIX } from '../config/node-config.ts';
import type { Log, Random, Scheduler, Timer } from '../env.ts';
import type { MetadataImage } from '../image.ts';
import { FaultDisk } from './fault-disk.ts';
import { diskState, isDiskFailure, linkRules, requestRules, skewMs } from './force.ts';
import { configsOf, type FaultConfig, type ParsedFault, parseFault } from './grammar.ts';
import { type ActiveFault, type FaultFilter, type Instance, idOf, isSameFault, matches } from './instance.ts';
import { Links } from './links.ts';
import { type FaultHost, Power } from './power.ts';
import { Seat } from './seat.ts';
import { definitionOf, type Fault, type FaultName, type Injection } from './vocabulary.ts';

export interface FaultEngineOptions {
  /** The world's own clock, which no fault touches. */
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly nodeIds: readonly number[];
  readonly host: FaultHost;
}

/** A fault begins once every node knows of it, and whoever set it has got the answer; or, where one does not answer, anyway. */
const BEGIN_AFTER_MS = 20;
const BEGIN_AT_LATEST_MS = 500;
const RETRY_MS = 500;
/** How often a coordinator's move is tried again while there is no controller. */
const MOVE_ATTEMPTS = 20;

/**
 * The faults of one cluster: which are in force, since when, and until when. It follows the `kmedic.fault.*` configs in
 * the metadata, and takes calls from code; whatever the node that a fault is for can still do, it ends on time, because
 * the engine lives beside the nodes, not in them.
 */
export class FaultEngine {
  readonly #options: FaultEngineOptions;
  readonly #links: Links;
  readonly #power: Power;
  readonly #disks = new Map<number, FaultDisk>();
  readonly #seats = new Map<number, Seat>();
  readonly #instances = new Map<string, Instance>();
  readonly #listeners = new Set<() => void>();
  #image: MetadataImage | null = null;
  #opened = false;
  #closed = false;
  #removing: Timer | null = null;
  #removals = 0;

  constructor(options: FaultEngineOptions) {
    this.#options = options;
    this.#links = new Links(options.scheduler, options.random);
    this.#power = new Power(options.host, (id) => !this.#isOn(id, 'kill') && !this.#isOn(id, 'stop'));
  }

  /** The disk to give to every incarnation of a node. */
  disk(nodeId: number, inner: Disk): Disk {
    const disk = new FaultDisk(inner);
    this.#disks.set(nodeId, disk);
    return disk;
  }

  /** Makes the place of a new incarnation of a node, whose own time is `scheduler`. */
  seat(nodeId: number, scheduler: Scheduler): Seat {
    const { random } = this.#options;
    const seat = new Seat({
      nodeId,
      scheduler,
      random,
      links: this.#links,
      disk: this.#disks.get(nodeId),
      skewMs: () => skewMs(this.#inForce().filter(({ targets }) => targets.includes(nodeId))),
      followed: (image) => this.#follow(image),
      left: () => {
        if (this.#seats.get(nodeId) === seat) this.#seats.delete(nodeId);
      },
    });
    this.#seats.set(nodeId, seat);
    this.#refresh();
    return seat;
  }

  /** From now on faults in the metadata count. What was found there before is of an earlier run of the cluster: it is removed. */
  open(): void {
    this.#opened = true;
  }

  /** Lets everything go on its way, so that the cluster can stop in order: nothing is started again. */
  close(): void {
    this.#closed = true;
    for (const instance of this.#instances.values()) {
      instance.timer?.cancel();
      instance.state = 'over';
    }
    this.#removing?.cancel();
    this.#refresh();
    for (const seat of this.#seats.values()) seat.gate.open();
  }

  /** Injects a fault at once, past the metadata. Throws RangeError for what cannot be. One of the same place and name is replaced. */
  inject(injection: Injection): void {
    for (const config of configsOf(injection)) {
      const parsed = parseFault(config.key, config.value, config.resource);
      if ('problem' in parsed) throw new RangeError(parsed.problem);
      this.#drop(idOf(config, false));
      this.#begin(this.#add(config, parsed, false));
    }
  }

  /** Ends faults: all, or those that the filter is about. */
  clear(filter: FaultFilter = {}): void {
    for (const instance of [...this.#instances.values()]) {
      if (matches(instance, filter)) this.#end(instance);
    }
  }

  /** What was injected and is not over, in the order in which it came. */
  active(): ActiveFault[] {
    const now = this.#options.scheduler.now();
    return [...this.#instances.values()]
      .filter((instance) => instance.state !== 'over')
      .map(({ key, fault, label, resource, targets, value, forMs, endsAtMs }) => ({
        key,
        fault: fault.fault,
        label,
        resource,
        on: targets,
        value,
        leftMs: endsAtMs === null ? forMs : Math.max(0, endsAtMs - now),
      }));
  }

  /** Whether a fault that was set as a config has begun; one that happens once: whether it has happened. */
  isInForce({ resource, key, value }: FaultConfig): boolean {
    const instance = this.#instances.get(idOf({ resource, key }, true));
    if (instance?.value !== value || instance.state === 'waiting') return false;
    return instance.state === 'over' || !definitionOf(instance.fault.fault).momentary;
  }

  /** Whether nothing that is over is still in the metadata. */
  isSettled(): boolean {
    return [...this.#instances.values()].every(({ state }) => state !== 'over');
  }

  /** Tells of every fault that begins or ends. The result takes the listener back. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  isFrozen(nodeId: number): boolean {
    return this.#seats.get(nodeId)?.gate.isShut ?? false;
  }

  #follow(image: MetadataImage): void {
    if (this.#closed) return;
    if (this.#image === null || image.offset >= this.#image.offset) {
      const changed = image.brokerConfigs !== this.#image?.brokerConfigs;
      this.#image = image;
      if (changed) this.#adopt(image);
    }
    for (const instance of this.#instances.values()) {
      if (instance.state === 'waiting' && this.#isKnown(instance)) this.#beginIn(instance, BEGIN_AFTER_MS);
    }
  }

  /** Whether all nodes that can have replayed what brought a fault. */
  #isKnown({ seenAt }: Instance): boolean {
    return [...this.#seats.values()].every((seat) => seat.gate.isShut || seat.replayed >= seenAt);
  }

  /** Takes over what the metadata says of faults. */
  #adopt(image: MetadataImage): void {
    const wanted = new Map<string, FaultConfig>();
    for (const [resource, configs] of image.brokerConfigs) {
      for (const [key, value] of configs) {
        if (key.startsWith(FAULT_PREFIX)) wanted.set(idOf({ resource, key }, true), { resource, key, value });
      }
    }
    for (const instance of [...this.#instances.values()]) {
      const config = wanted.get(instance.id);
      if (!instance.configured || config?.value === instance.value) continue;
      if (config === undefined || !this.#goesOn(instance, config)) this.#drop(instance.id);
    }
    for (const [id, config] of wanted) {
      if (this.#instances.has(id)) continue;
      const parsed = parseFault(config.key, config.value, config.resource);
      if ('problem' in parsed) {
        this.#options.log('error', 'a fault cannot be read, and is not injected', { problem: parsed.problem });
        continue;
      }
      const instance = this.#add(config, parsed, true);
      if (this.#opened) this.#beginIn(instance, BEGIN_AT_LATEST_MS);
      else this.#end(instance);
    }
  }

  /** Whether a new value says only how long a fault lasts from now on: then it goes on without an interruption. */
  #goesOn(instance: Instance, { key, value, resource }: FaultConfig): boolean {
    const parsed = parseFault(key, value, resource);
    if ('problem' in parsed || instance.state !== 'active' || !isSameFault(instance, parsed)) return false;
    instance.value = value;
    instance.forMs = parsed.forMs;
    this.#endLater(instance);
    this.#tell();
    return true;
  }

  #add(config: FaultConfig, parsed: ParsedFault, configured: boolean): Instance {
    const { nodeIds } = this.#options;
    const instance: Instance = {
      ...config,
      ...parsed,
      id: idOf(config, configured),
      targets: parsed.on ?? (config.resource === '' ? nodeIds : [Number(config.resource)]),
      configured,
      seenAt: this.#image?.offset ?? -1,
      state: 'waiting',
      endsAtMs: null,
      timer: null,
    };
    this.#instances.set(instance.id, instance);
    return instance;
  }

  #beginIn(instance: Instance, delayMs: number): void {
    instance.timer?.cancel();
    instance.timer = this.#options.scheduler.after(delayMs, () => this.#begin(instance));
  }

  #begin(instance: Instance): void {
    instance.timer?.cancel();
    const { log } = this.#options;
    instance.state = 'active';
    log('warn', 'a fault begins', { fault: instance.key, brokers: instance.targets.join(','), value: instance.value });
    if (definitionOf(instance.fault.fault).momentary) {
      this.#once(instance, 0);
      return;
    }
    this.#endLater(instance);
    for (const id of instance.targets) this.#beginOn(id, instance.fault);
    this.#refresh();
    this.#tell();
  }

  #endLater(instance: Instance): void {
    const { scheduler } = this.#options;
    const { forMs } = instance;
    instance.timer?.cancel();
    instance.endsAtMs = forMs === null ? null : scheduler.now() + forMs;
    instance.timer = forMs === null ? null : scheduler.after(forMs, () => this.#end(instance));
  }

  #beginOn(id: number, fault: Fault): void {
    if (fault.fault === 'stop') this.#power.stop(id, () => undefined);
    else if (fault.fault === 'freeze') this.#seats.get(id)?.gate.shut();
    else if (fault.fault === 'kill') {
      this.#power.kill(id);
      const lose = fault.lose ?? [];
      this.#disks
        .get(id)
        ?.crash({ unflushed: lose.includes('unflushed'), torn: lose.includes('torn') }, this.#options.random);
    }
  }

  /** What happens once, and is over. */
  #once(instance: Instance, attempt: number): void {
    const { scheduler, log } = this.#options;
    const { fault, targets } = instance;
    if (fault.fault === 'restart') {
      let left = targets.length;
      for (const id of targets) {
        this.#power.stop(id, () => {
          this.#power.start(id);
          left--;
          if (left === 0) this.#end(instance);
        });
      }
      return;
    }
    if (fault.fault !== 'move-coordinator') throw new Error(`${fault.fault} does not happen once`);
    const partitions = this.#image?.topics.get(OFFSETS_TOPIC)?.partitions.length ?? 0;
    const moved =
      partitions > 0 &&
      [...this.#seats.values()].some(
        ({ gate, hooks }) =>
          !gate.isShut && hooks?.moveLeader(OFFSETS_TOPIC, partitionOf(fault.group, partitions)) === true,
      );
    if (!moved && attempt < MOVE_ATTEMPTS) {
      instance.timer = scheduler.after(RETRY_MS, () => this.#once(instance, attempt + 1));
      return;
    }
    if (!moved) log('warn', 'a coordinator could not be moved', { group: fault.group });
    this.#end(instance);
  }

  /** Ends a fault's effects; one that is in the metadata is removed there. */
  #end(instance: Instance): void {
    if (instance.state === 'over') return;
    instance.timer?.cancel();
    const began = instance.state === 'active';
    instance.state = 'over';
    if (began) {
      this.#options.log('warn', 'a fault ends', { fault: instance.key, brokers: instance.targets.join(',') });
      for (const id of instance.targets) this.#endOn(id, instance.fault);
      this.#refresh();
    }
    if (instance.configured) this.#removeConfigs();
    else this.#instances.delete(instance.id);
    this.#tell();
  }

  #endOn(id: number, fault: Fault): void {
    // Nothing where it runs: a broken disk that nobody wrote to has halted nobody.
    if (fault.fault === 'kill' || fault.fault === 'stop' || isDiskFailure(fault)) this.#power.start(id);
    if (fault.fault === 'freeze' && !this.#isOn(id, 'freeze')) this.#seats.get(id)?.gate.open();
  }

  /** Whether a fault of this kind is in force on a node. */
  #isOn(id: number, fault: FaultName): boolean {
    return this.#inForce().some((instance) => instance.fault.fault === fault && instance.targets.includes(id));
  }

  /** It is not in the metadata any more. */
  #drop(id: string): void {
    const instance = this.#instances.get(id);
    if (instance === undefined) return;
    this.#instances.delete(id);
    this.#end(instance);
    this.#tell();
  }

  /** Asks a node that can to remove what is over, until it is gone. */
  #removeConfigs(): void {
    this.#removing?.cancel();
    const over = [...this.#instances.values()].filter(({ state, configured }) => configured && state === 'over');
    if (over.length === 0) return;
    const able = [...this.#seats.values()].filter(({ gate, hooks }) => !gate.isShut && hooks !== null);
    // One after the other: the first may be cut off from the controller.
    const seat = able[this.#removals++ % Math.max(1, able.length)];
    for (const { resource, key } of over) seat?.hooks?.removeConfig(resource, key);
    this.#removing = this.#options.scheduler.after(RETRY_MS, () => this.#removeConfigs());
  }

  #inForce(): Instance[] {
    return [...this.#instances.values()].filter(({ state }) => state === 'active');
  }

  /** Tells links, disks and nodes what is in force now. */
  #refresh(): void {
    const inForce = this.#inForce();
    this.#links.setRules(linkRules(inForce));
    for (const id of this.#options.nodeIds) {
      const own = inForce.filter(({ targets }) => targets.includes(id));
      this.#disks.get(id)?.setState(diskState(own));
      this.#seats.get(id)?.requests.setRules(requestRules(own));
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
