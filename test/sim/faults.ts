import type { Random } from '../../src/broker/env.ts';
import { seededRandom } from '../broker/virtual.ts';
import type { FaultWeights } from './options.ts';
import { injectProductFault, isProductFault, type ProductFault } from './product-faults.ts';
import { anyNode, anyRunning, mayFall, pair } from './victims.ts';
import type { SimWorld } from './world.ts';

/** What a fault does, and how it ends by itself; those that have no end of their own wait for another one. */
type Fault = (world: SimWorld, random: Random) => (() => void) | undefined;

const MAX_DURATION_MS = 6000;

const FAULTS: { readonly [F in Exclude<keyof FaultWeights, ProductFault>]: Fault } = {
  kill: (world, random) => {
    const victim = anyRunning(world, random);
    if (victim !== undefined && mayFall(world)) world.kill(victim);
    return undefined;
  },
  powerLoss: (world, random) => {
    const victim = anyRunning(world, random);
    if (victim !== undefined && mayFall(world)) world.losePower(victim, random);
    return undefined;
  },
  stop: (world, random) => {
    const victim = anyRunning(world, random);
    if (victim !== undefined && mayFall(world)) world.stop(victim);
    return undefined;
  },
  restart: (world, random) => {
    const down = world.hosts.filter(({ runtime, diskFailed }) => runtime === null || diskFailed);
    const back = down[random.below(Math.max(1, down.length))];
    if (back?.diskFailed) world.kill(back.id);
    if (back !== undefined) world.start(back.id);
    return undefined;
  },
  freeze: (world, random) => {
    const victim = anyRunning(world, random);
    if (victim === undefined) return undefined;
    const host = world.host(victim);
    host.freeze();
    return () => host.thaw();
  },
  cut: (world, random) => {
    const [from, to] = pair(world, random);
    const both = random.below(3) > 0;
    world.network.link(from, to).cut = true;
    if (both) world.network.link(to, from).cut = true;
    return () => world.network.cut(from, to, false);
  },
  isolate: (world, random) => {
    const alone = anyNode(world, random);
    const others = world.hosts.map(({ id }) => id).filter((id) => id !== alone);
    for (const other of others) world.network.cut(alone, other);
    return () => {
      for (const other of others) world.network.cut(alone, other, false);
    };
  },
  slowLink: (world, random) => {
    const { network, hosts } = world;
    const everywhere = random.below(4) === 0;
    const links = everywhere
      ? hosts.flatMap(({ id }) => hosts.filter((other) => other.id !== id).map((other) => network.link(id, other.id)))
      : [network.link(...pair(world, random))];
    // Controllers further apart than that may find none.
    const delayMs = random.below(everywhere ? 400 : 800);
    const jitterMs = random.below(100);
    for (const link of links) Object.assign(link, { delayMs, jitterMs });
    return () => {
      for (const link of links) Object.assign(link, { delayMs: 0, jitterMs: 0 });
    };
  },
  lossyLink: (world, random) => {
    const [from, to] = pair(world, random);
    const link = world.network.link(from, to);
    link.lossPercent = 5 + random.below(40);
    return () => {
      link.lossPercent = 0;
    };
  },
  disorder: (world, random) => {
    const [from, to] = pair(world, random);
    const link = world.network.link(from, to);
    Object.assign(link, { disorder: true, jitterMs: random.below(300), duplicatePercent: random.below(40) });
    return () => void Object.assign(link, { disorder: false, jitterMs: 0, duplicatePercent: 0 });
  },
  silentFollower: (world, random) => {
    const [from, to] = pair(world, random);
    const { lost } = world.network.link(from, to);
    lost.add('replicaFetch');
    return () => void lost.delete('replicaFetch');
  },
  slowDisk: (world, random) => {
    const host = world.host(anyNode(world, random));
    host.writeMs = 1 + random.below(60);
    return () => {
      host.writeMs = 0;
    };
  },
  clockSkew: (world, random) => {
    const host = world.host(anyNode(world, random));
    host.skewMs = random.below(20_000) - 10_000;
    return () => {
      host.skewMs = 0;
    };
  },
  cutClients: (world, random) => {
    const node = anyNode(world, random);
    const clients = world.clientHosts.filter(() => random.below(2) === 0);
    for (const client of clients) world.cutClients(client, node);
    return () => {
      for (const client of clients) world.cutClients(client, node, false);
    };
  },
};

/** Makes things go wrong at random until told to stop; each fault that can end does so after a while. */
export class FaultSchedule {
  readonly #world: SimWorld;
  readonly #random: Random;
  /** One entry for each unit of weight. */
  readonly #urn: readonly (keyof FaultWeights)[];
  #over = false;
  /** What happened when, for a report. */
  readonly happened: string[] = [];

  constructor(world: SimWorld) {
    this.#world = world;
    this.#random = seededRandom(world.options.seed + 17);
    const weights = Object.entries(world.options.faults) as [keyof FaultWeights, number][];
    this.#urn = weights.flatMap(([name, weight]) => Array.from({ length: weight }, () => name));
  }

  start(): void {
    if (this.#urn.length > 0) this.#next();
  }

  stop(): void {
    this.#over = true;
  }

  #next(): void {
    const { scheduler, options } = this.#world;
    scheduler.after(1 + this.#random.below(2 * options.faultEveryMs), () => {
      if (this.#over) return;
      this.#strike();
      this.#next();
    });
  }

  #strike(): void {
    const name = this.#urn[this.#random.below(this.#urn.length)];
    if (name === undefined) return;
    const { scheduler } = this.#world;
    const at = scheduler.now() % 1_000_000;
    if (isProductFault(name)) {
      this.happened.push(`${at} ${injectProductFault(name, this.#world, this.#random)}`);
      return;
    }
    const end = FAULTS[name](this.#world, this.#random);
    this.happened.push(`${at} ${name}`);
    if (end === undefined) return;
    scheduler.after(100 + this.#random.below(MAX_DURATION_MS), () => {
      if (!this.#over) end();
    });
  }
}
