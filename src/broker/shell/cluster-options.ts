import { hostname } from 'node:os';
import type { Log } from '../env.ts';
import { ClusterStartError } from './start-error.ts';

export interface TopicSpec {
  readonly name: string;
  /** Default: the broker's num.partitions. */
  readonly partitions?: number;
  /** Default: the broker's default.replication.factor. */
  readonly replicationFactor?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

export interface StartClusterOptions {
  /** 1 to 100. */
  readonly nodes: number;
  /** Of the first node; the others follow one by one. 0 or absent: any free ports. */
  readonly port?: number;
  /** The address to bind to; loopback unless told otherwise. */
  readonly host?: string;
  /** How clients reach it, `host` or `host:port` of the first node, where that is not the address bound to. */
  readonly advertise?: string;
  /** Absent: everything stays in memory. */
  readonly dataDir?: string;
  /** Made unless they exist. The cluster is ready when they are. */
  readonly topics?: readonly TopicSpec[];
  /** Racks, taken in turn by the nodes. Default: broker.rack of `config` for all of them, or none. */
  readonly racks?: readonly string[];
  /** Kafka's broker configs, for all nodes. */
  readonly config?: Readonly<Record<string, string>>;
  readonly log?: Log;
  /**
   * A node has halted because its only log directory failed; why, in words. `isLast`: no node runs any more, and no fault
   * is in force after which one would be started again.
   */
  readonly halted?: (node: number, reason: string, isLast: boolean) => void;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_HOST = '127.0.0.1';
const WILDCARDS = new Set(['0.0.0.0', '::']);
const MAX_NODES = 100;
/** Where logs are is told with the data directory. */
const OWN_CONFIGS = ['log.dir', 'log.dirs', 'metadata.log.dir'];
const MAX_PORT = 65_535;

/** The configs of one node: those of all, with its log directory and its rack. Throws ClusterStartError('bad-option') for what cannot be set. */
export function nodeConfig(options: StartClusterOptions, id: number, logDir: string): ReadonlyMap<string, string> {
  const config = new Map(Object.entries(options.config ?? {}));
  const own = OWN_CONFIGS.find((name) => config.has(name));
  if (own !== undefined) {
    throw new ClusterStartError('bad-option', `${own} cannot be set: the data directory has one for each node`);
  }
  config.set('log.dirs', logDir);
  const { racks = [] } = options;
  const rack = racks[(id - 1) % racks.length];
  if (rack !== undefined) config.set('broker.rack', rack);
  return config;
}

/** The addresses to bind to, by node, first to last. Throws ClusterStartError('bad-option'). */
export function bindAddresses(options: StartClusterOptions): Address[] {
  const { nodes, port = 0, host = DEFAULT_HOST } = options;
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > MAX_NODES) {
    throw new ClusterStartError('bad-option', `a cluster has 1 to ${MAX_NODES} nodes, not ${nodes}`, { nodes });
  }
  checkPorts(port, nodes);
  return Array.from({ length: nodes }, (_, index) => ({ host, port: port === 0 ? 0 : port + index }));
}

/** How clients are told to reach a node that is bound to `bound`. */
export function advertisedAddress(options: StartClusterOptions, index: number, bound: Address): Address {
  const { advertise } = options;
  if (advertise === undefined) return { host: WILDCARDS.has(bound.host) ? hostname() : bound.host, port: bound.port };
  const match = /^(?:\[([^\]]+)\]|([^:]+)|([^[]*:.*:.*))(?::(\d+))?$/.exec(advertise);
  const host = match?.[1] ?? match?.[2] ?? match?.[3];
  if (host === undefined) throw new ClusterStartError('bad-option', `not a host or host:port: "${advertise}"`);
  if (match?.[4] === undefined) return { host, port: bound.port };
  checkPorts(Number(match[4]), options.nodes);
  return { host, port: Number(match[4]) + index };
}

function checkPorts(port: number, nodes: number): void {
  if (Number.isInteger(port) && port >= 0 && (port === 0 || port + nodes - 1 <= MAX_PORT)) return;
  throw new ClusterStartError('bad-option', `port ${port} with ${nodes} nodes: ports end at ${MAX_PORT}`, { port });
}
