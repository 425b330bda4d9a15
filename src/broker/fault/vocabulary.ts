/**
 * The faults that can be made to happen, as data: what the parser accepts, what `kmedic broker fault --help` and the
 * documentation say, and what a typed call takes are all read from this one table. No imports, so that anyone can.
 */

/** What a parameter's value is. Durations are in ms; lists are joined with `+` in text. */
export type ParameterType = 'duration' | 'shift' | 'count' | 'apis' | 'peers' | 'error' | 'text' | 'choice' | 'choices';

export interface Parameter {
  readonly type: ParameterType;
  readonly required?: true;
  /** Of a choice. */
  readonly values?: readonly string[];
  readonly description: string;
}

export interface FaultDefinition {
  /** What happens, in one line. */
  readonly summary: string;
  /** What clients and the other brokers see of it, and how it ends. */
  readonly effect: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** It happens once, and is over: it has no duration, and is not listed afterwards. */
  readonly momentary?: true;
  /** Without an end, on all brokers, nobody would be left who could clear it. */
  readonly needsEndOnAll?: true;
  /** A value as it would be set. */
  readonly example: string;
}

const LINK = {
  to: {
    type: 'peers',
    required: true,
    description: 'the other end: broker ids, `nodes` (all other brokers), `clients`',
  },
  direction: {
    type: 'choice',
    values: ['both', 'in', 'out'],
    description: 'towards this broker (in), away from it (out), or both (default)',
  },
  only: {
    type: 'choice',
    values: ['replication', 'control'],
    description:
      'between brokers: only what followers fetch, or only what the controller and brokers say to each other',
  },
} as const satisfies Readonly<Record<string, Parameter>>;

const JBOD = {
  jbod: {
    type: 'choice',
    values: ['no', 'yes'],
    description:
      'yes: the broker has other log directories, and goes on without this one: its partitions answer KAFKA_STORAGE_ERROR, and it stays offline until the broker is restarted, even when there is space again',
  },
} as const satisfies Readonly<Record<string, Parameter>>;

const EVERY = { type: 'count', description: 'every nth such request, counted per broker (default 1: all)' } as const;
const CLIENT = { type: 'text', description: 'only requests of this client.id' } as const;
const ANY_API = {
  type: 'apis',
  description: 'only these APIs, by Kafka’s names (default: all but ApiVersions and those that alter configs)',
} as const;

export const FAULTS = {
  stop: {
    summary: 'stop the broker in order',
    effect:
      'Leaderships move away first, then the broker is gone, its disk kept. It starts again when the fault ends or is cleared.',
    parameters: {},
    needsEndOnAll: true,
    example: 'for=30s',
  },
  kill: {
    summary: 'kill the broker: sockets reset, memory gone, disk kept',
    effect:
      'Nobody is told: the others notice by the session time-out. It starts again on its disk when the fault ends or is cleared.',
    parameters: {
      lose: {
        type: 'choices',
        values: ['unflushed', 'torn'],
        description:
          '`unflushed`: what was not flushed is lost, as when the power fails; `torn`: the last write to each file is cut in the middle',
      },
    },
    needsEndOnAll: true,
    example: 'for=30s,lose=unflushed+torn',
  },
  restart: {
    summary: 'stop the broker in order, and start it again at once',
    effect: 'One step of a rolling restart: leaderships move away, connections close, and the broker comes back.',
    parameters: {},
    momentary: true,
    example: 'on',
  },
  freeze: {
    summary: 'freeze the broker: it accepts connections, and answers nobody',
    effect:
      'Like SIGSTOP: no answers, no fetches, no heartbeats, so that it is fenced after the session time-out. When it ends the broker goes on with all it had in memory, what came in meanwhile included.',
    parameters: {},
    needsEndOnAll: true,
    example: 'for=20s',
  },
  'cut-link': {
    summary: 'cut the link to other brokers or to clients',
    effect:
      'Nothing arrives, as when packets are dropped: callers wait until they time out. What is still waited for arrives when the link heals.',
    parameters: LINK,
    example: 'for=30s,to=1+3',
  },
  'slow-link': {
    summary: 'slow the link to other brokers or to clients',
    effect: 'Every message takes longer, each way that is named; their order stays.',
    parameters: {
      ...LINK,
      delay: { type: 'duration', required: true, description: 'how much longer a message takes' },
      jitter: { type: 'duration', description: 'up to so much on top, at random' },
    },
    example: 'for=1m,to=nodes,delay=200ms,jitter=50ms',
  },
  'slow-disk': {
    summary: 'slow the disk: each append to a log, and each flush, takes longer',
    effect: 'What reads or writes logs queues up behind the disk, followers included; heartbeats and metadata do not.',
    parameters: {
      delay: { type: 'duration', required: true, description: 'how much longer each append and flush takes' },
    },
    example: 'for=1m,delay=100ms',
  },
  'disk-full': {
    summary: 'no space left on the disk',
    effect:
      'The next write fails, and with it the only log directory: the broker halts, as Kafka’s does, and other replicas lead. It starts again on its disk when the fault ends or is cleared.',
    parameters: JBOD,
    needsEndOnAll: true,
    example: 'for=30s',
  },
  'disk-error': {
    summary: 'the disk fails: every read and write of a log is an I/O error',
    effect:
      'Its only log directory is lost with that: the broker halts, as Kafka’s does, and other replicas lead. It starts again on its disk when the fault ends or is cleared.',
    parameters: JBOD,
    needsEndOnAll: true,
    example: 'for=30s',
  },
  error: {
    summary: 'fail requests with an error',
    effect: 'The request is not carried out; the client gets this error for all that it asked.',
    parameters: {
      api: { type: 'apis', required: true, description: 'of these APIs, by Kafka’s names' },
      error: { type: 'error', required: true, description: 'Kafka’s name of the error' },
      every: EVERY,
      client: CLIENT,
    },
    example: 'for=30s,api=Produce,error=NOT_LEADER_OR_FOLLOWER,every=3',
  },
  'delay-response': {
    summary: 'delay answers',
    effect: 'The request is carried out at once; its answer comes later, and so do those behind it on the connection.',
    parameters: {
      api: ANY_API,
      delay: { type: 'duration', required: true, description: 'how much later the answer comes' },
      jitter: { type: 'duration', description: 'up to so much on top, at random' },
      every: EVERY,
      client: CLIENT,
    },
    example: 'for=1m,api=Fetch,delay=500ms',
  },
  'drop-response': {
    summary: 'lose answers',
    effect:
      'The request is carried out, and its answer never arrives: the client times out, or (how=close) sees a closed connection.',
    parameters: {
      api: ANY_API,
      every: EVERY,
      how: {
        type: 'choice',
        values: ['hang', 'close'],
        description: 'the connection stays silent from then on (default), or is closed',
      },
      client: CLIENT,
    },
    example: 'for=30s,api=Produce,every=2,how=close',
  },
  'duplicate-request': {
    summary: 'carry requests out twice',
    effect: 'As when a network repeats a request: the second time follows at once, and its answer is thrown away.',
    parameters: {
      api: { type: 'apis', required: true, description: 'of these APIs, by Kafka’s names' },
      every: EVERY,
      client: CLIENT,
    },
    example: 'for=30s,api=Produce,every=2',
  },
  'skew-clock': {
    summary: 'set the broker’s clock wrong',
    effect:
      'Record timestamps, their validation, retention and compaction follow the wrong clock; sessions and time-outs do not, as in Kafka.',
    parameters: { by: { type: 'shift', required: true, description: 'how far ahead, or (with a minus) behind' } },
    example: 'for=5m,by=-1h',
  },
  'move-coordinator': {
    summary: 'move a group’s coordinator to another broker',
    effect:
      'The leadership of the group’s partition of __consumer_offsets moves to another replica that is in sync; clients see NOT_COORDINATOR and look it up anew.',
    parameters: { group: { type: 'text', required: true, description: 'the group' } },
    momentary: true,
    example: 'group=orders-app',
  },
} as const satisfies Readonly<Record<string, FaultDefinition>>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

/** The read-only broker config that lists all faults of the cluster, as JSON. */
export const LIST_OF_FAULTS = 'kmedic.faults';

/** Parameters that every fault takes beside its own. */
export const COMMON_PARAMETERS = {
  for: { type: 'duration', description: 'how long; without it, until it is cleared' },
} as const satisfies Readonly<Record<string, Parameter>>;

/** The definition of a fault, whose exact shape does not matter to the caller. */
export function definitionOf(name: FaultName): FaultDefinition {
  return FAULTS[name];
}

/** Every parameter with what it means, and the faults that take it so: for help and documentation. */
export function parameterNotes(): readonly { readonly text: string; readonly faults: readonly FaultName[] }[] {
  const faults = new Map<string, FaultName[]>();
  for (const name of FAULT_NAMES) {
    for (const [parameter, { description }] of Object.entries(definitionOf(name).parameters)) {
      const text = `${parameter}: ${description}`;
      faults.set(text, [...(faults.get(text) ?? []), name]);
    }
  }
  return [...faults].map(([text, names]) => ({ text, faults: names }));
}

/** Whether a word names a fault. */
export function isFaultName(word: string): word is FaultName {
  return Object.hasOwn(FAULTS, word);
}

/** The other end of a link: a broker, all other brokers, or the clients. */
export type Peer = number | 'nodes' | 'clients';

type ValueOf<P> = P extends { readonly type: 'duration' | 'shift' | 'count' }
  ? number
  : P extends { readonly type: 'apis' }
    ? readonly string[]
    : P extends { readonly type: 'peers' }
      ? readonly Peer[]
      : P extends { readonly type: 'choice'; readonly values: readonly (infer V)[] }
        ? V
        : P extends { readonly type: 'choices'; readonly values: readonly (infer V)[] }
          ? readonly V[]
          : string;

type RequiredOf<P> = { readonly [K in keyof P as P[K] extends { readonly required: true } ? K : never]: ValueOf<P[K]> };
type OptionalOf<P> = {
  readonly [K in keyof P as P[K] extends { readonly required: true } ? never : K]?: ValueOf<P[K]>;
};
type ParametersOf<N extends FaultName> = RequiredOf<(typeof FAULTS)[N]['parameters']> &
  OptionalOf<(typeof FAULTS)[N]['parameters']>;

/** A fault with its parameters: durations in ms. */
export type Fault = { readonly [N in FaultName]: { readonly fault: N } & ParametersOf<N> }[FaultName];
export type FaultOf<N extends FaultName> = Extract<Fault, { readonly fault: N }>;

/** Where, how long, and under which name a fault is injected. */
export interface Placement {
  /** Broker ids; absent: all. */
  readonly on?: number | readonly number[];
  /** In ms; absent: until it is cleared. */
  readonly for?: number;
  /** Tells several faults of one kind apart. */
  readonly label?: string;
}
export type Injection = Fault & Placement;
