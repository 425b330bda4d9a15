import type { Recording } from '../cluster/recording.ts';
import type { ObserveRequest } from '../cluster/selection.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Globals } from './command.ts';
import type { Connection, Deps } from './deps.ts';
import { usage } from './failure.ts';

/** Where a read command gets its snapshots from: a live cluster, an embedded one, or a recording. */
export interface Source {
  /** How a command line reaches the same source again: `-b host:port`. */
  readonly reach: readonly string[];
  /** A recording never changes: sampling it twice proves nothing. */
  readonly live: boolean;
  /** Everything in the file of `--from`. */
  readonly recording: Recording | null;
  /** A recording gives its newest sample. */
  observe(request: ObserveRequest): Promise<Snapshot>;
  /** The samples of a recording before its newest one, oldest first; a live source has none. */
  earlier(request: ObserveRequest): readonly Snapshot[];
  close(): Promise<void>;
}

/** Opens what the global options name. `--from` and the options of a connection exclude one another. */
export async function openSource(globals: Globals, deps: Deps): Promise<Source> {
  const { from, embedded, bootstrapServer, commandConfig } = globals;
  if (from !== undefined) {
    if (embedded !== undefined || bootstrapServer !== undefined || commandConfig !== undefined) {
      throw usage('--from reads a file: it cannot be combined with -b, --command-config or --embedded');
    }
    const recording = await deps.readRecording(from);
    // Loaded by now, with the schema that a start without a recording need not load.
    const { latestSample } = await import('../cluster/recording.ts');
    return {
      reach: ['--from', from],
      live: false,
      recording,
      observe: (request) => Promise.resolve(narrow(latestSample(recording), request)),
      earlier: (request) => recording.samples.slice(0, -1).map((sample) => narrow(sample, request)),
      close: () => Promise.resolve(),
    };
  }
  const { connection, close } = await openConnection(globals, deps);
  return {
    reach: reachOf(globals),
    live: true,
    recording: null,
    observe: (request) => connection.observe(request),
    earlier: () => [],
    close,
  };
}

/** A live connection; with `--embedded` the cluster is started first and stopped with it. */
export async function openConnection(
  globals: Globals,
  deps: Deps,
): Promise<{ connection: Connection; close(): Promise<void> }> {
  const reached = await reach(globals, deps);
  const connection = await deps.connect(reached.globals);
  return {
    connection,
    close: async () => {
      await connection.close();
      await reached.close();
    },
  };
}

/** Options that name a running cluster: those given, or with `--embedded` those of one that is started until `close`. */
export async function reach(globals: Globals, deps: Deps): Promise<{ globals: Globals; close(): Promise<void> }> {
  if (globals.embedded === undefined) return { globals, close: () => Promise.resolve() };
  if (globals.bootstrapServer !== undefined) throw usage('--embedded starts a cluster: it cannot be combined with -b');
  const scenario = await deps.startScenario(globals.embedded, { nodes: 3 });
  const bootstrapServer = scenario.cluster.brokers.map(({ host, port }) => `${host}:${port}`).join(',');
  return { globals: { ...globals, bootstrapServer }, close: () => scenario.close() };
}

/** The options that lead a command line to the same cluster again. */
export function reachOf(globals: Globals): readonly string[] {
  if (globals.embedded !== undefined) return [`--embedded=${globals.embedded}`];
  return [
    ...(globals.bootstrapServer === undefined ? [] : ['-b', globals.bootstrapServer]),
    ...(globals.commandConfig === undefined ? [] : ['--command-config', globals.commandConfig]),
  ];
}

/** What `observe` would have left out of a snapshot: a recording answers the same questions as the cluster did. */
export function narrow(snapshot: Snapshot, { groups, filter }: ObserveRequest): Snapshot {
  let wanted: (group: string) => boolean;
  if (groups === 'all') wanted = () => true;
  else if (groups === 'none') wanted = () => false;
  else if ('match' in groups) wanted = groups.match;
  else {
    const names = new Set(groups.names);
    wanted = (group) => names.has(group);
  }
  return {
    ...snapshot,
    groups: snapshot.groups
      .filter((group) => wanted(group.group))
      .map((group) =>
        filter === undefined
          ? group
          : { ...group, commits: group.commits.filter((commit) => filter(commit.topic, commit.partition)) },
      ),
  };
}
