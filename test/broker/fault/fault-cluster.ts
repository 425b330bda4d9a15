import { FaultEngine } from '../../../src/broker/fault/index.ts';
import type { Disk } from '../../../src/log/disk.ts';
import { DescribeConfigs, IncrementalAlterConfigs } from '../../../src/protocol/api/index.ts';
import { VirtualCluster } from '../virtual-cluster.ts';

const BROKER = 4;

/** A virtual cluster in which faults can be injected, by a call or as configs. */
export interface FaultCluster {
  readonly cluster: VirtualCluster;
  readonly faults: FaultEngine;
  /** Nodes that run. */
  readonly running: ReadonlySet<number>;
  /** Lets time pass. */
  run(ms: number): void;
  until(condition: () => boolean): void;
  /** Sets (or, with null, removes) a broker config through a node; the error's text, or null. */
  set(resource: string, key: string, value: string | null, through?: number): string | null;
  /** What a node says of the faults in DescribeConfigs: of its own, of all brokers, or the list of all. */
  described(node: number, resource: string): Record<string, string | null>;
}

export function faultCluster(nodes: number, config: Readonly<Record<string, string>> = {}, seed = 1): FaultCluster {
  const disks = new Map<number, Disk>();
  const running = new Set<number>();
  const cluster = new VirtualCluster(nodes, config, seed, (id, given) => {
    let disk = disks.get(id);
    if (disk === undefined) {
      disk = faults.disk(id, given.disk);
      disks.set(id, disk);
    }
    running.add(id);
    return { ...given, disk, faults, halt: () => kill(id) };
  });
  const kill = (id: number): void => {
    if (running.delete(id)) cluster.node(id).kill();
  };
  const { scheduler, random } = cluster.env;
  const faults: FaultEngine = new FaultEngine({
    scheduler,
    random,
    log: () => undefined,
    nodeIds: Array.from({ length: nodes }, (_, index) => index + 1),
    host: {
      kill,
      stop: (id, done) => {
        if (!running.has(id)) return done();
        cluster.node(id).shutdown(() => {
          running.delete(id);
          done();
        });
      },
      start: (id) => {
        if (!running.has(id)) cluster.startNode(id);
      },
    },
  });
  cluster.start();
  faults.open();
  return {
    cluster,
    faults,
    running,
    run: (ms) => scheduler.runFor(ms),
    until: (condition) => scheduler.runUntil(condition),
    set: (resource, key, value, through = 1) => {
      const { responses } = cluster.ask(through, IncrementalAlterConfigs, 1, {
        resources: [
          {
            resourceType: BROKER,
            resourceName: resource,
            configs: [{ name: key, configOperation: value === null ? 1 : 0, value }],
          },
        ],
      });
      const [response] = responses;
      return response?.errorCode === 0 ? null : `${response?.errorCode} ${response?.errorMessage}`;
    },
    described: (node, resource) => {
      const { results } = cluster.ask(node, DescribeConfigs, 4, {
        resources: [{ resourceType: BROKER, resourceName: resource, configurationKeys: null }],
      });
      const configs = results[0]?.configs ?? [];
      return Object.fromEntries(
        configs.filter(({ name }) => name.startsWith('kmedic.')).map(({ name, value }) => [name, value]),
      );
    },
  };
}
