import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type KafkaVersion, kafkaJars } from './jars.ts';

const run = promisify(execFile);

/** A real Apache Kafka in KRaft mode, every node both broker and controller, on loopback. */
export interface RealKafka {
  readonly version: KafkaVersion;
  /** `127.0.0.1:port` of each node, in order. */
  readonly addresses: readonly string[];
  readonly bootstrap: string;
  readonly directory: string;
  /** Log directory of a node (1-based id). */
  dataDirectory(id: number): string;
  tool(className: string, ...args: string[]): Promise<ToolResult>;
  /** SIGTERM and wait; the node's files are complete afterwards. */
  stopNode(id: number): Promise<void>;
  startNode(id: number): Promise<void>;
  signal(id: number, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
  /** Stops all nodes and removes their files. */
  close(): Promise<void>;
}

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const TOOLS = {
  consumerGroups: 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  topics: 'org.apache.kafka.tools.TopicCommand',
  consoleConsumer: 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  producerPerformance: 'org.apache.kafka.tools.ProducerPerformance',
  consumerPerformance: 'org.apache.kafka.tools.ConsumerPerformance',
  verifiableProducer: 'org.apache.kafka.tools.VerifiableProducer',
  logDirs: 'org.apache.kafka.tools.LogDirsCommand',
  getOffsets: 'org.apache.kafka.tools.GetOffsetShell',
  configs: 'kafka.admin.ConfigCommand',
} as const;

/** Tools that moved between the two releases. */
export function consoleProducer(version: KafkaVersion): string {
  return version === '3.9.2' ? 'kafka.tools.ConsoleProducer' : 'org.apache.kafka.tools.ConsoleProducer';
}

export function dumpLogSegments(version: KafkaVersion): string {
  return version === '3.9.2' ? 'kafka.tools.DumpLogSegments' : 'org.apache.kafka.tools.DumpLogSegments';
}

function classPath(version: KafkaVersion): string {
  const jars = kafkaJars(version);
  if (jars === null) throw new Error(`the jars of Apache Kafka ${version} are not here`);
  return join(jars, '*');
}

/** Runs one of Kafka's own tools; a non-zero exit is a result, not an exception. */
export async function runTool(version: KafkaVersion, className: string, args: readonly string[]): Promise<ToolResult> {
  const java = [
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-Xmx256m',
    '-cp',
    classPath(version),
    className,
    ...args,
  ];
  try {
    const { stdout, stderr } = await run('java', java, { maxBuffer: 256 << 20 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const failed = error as { code?: number; stdout?: string; stderr?: string };
    if (typeof failed.code !== 'number') throw error;
    return { code: failed.code, stdout: failed.stdout ?? '', stderr: failed.stderr ?? '' };
  }
}

/** A tool that keeps running, such as a console consumer: the caller ends it. */
export function spawnTool(version: KafkaVersion, className: string, args: readonly string[]): ChildProcess {
  return spawn(
    'java',
    ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', '-cp', classPath(version), className, ...args],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
}

/** Ports that were free a moment ago, all taken at once so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const LOGGING: Readonly<
  Record<'log4j1' | 'log4j2', { readonly file: string; readonly flag: (path: string) => string }>
> = {
  log4j1: {
    file:
      'log4j.rootLogger=INFO, F\nlog4j.appender.F=org.apache.log4j.FileAppender\nlog4j.appender.F.File=${kafka.log}\n' +
      'log4j.appender.F.layout=org.apache.log4j.PatternLayout\nlog4j.appender.F.layout.ConversionPattern=%d %p %m (%c)%n\n',
    flag: (path) => `-Dlog4j.configuration=file:${path}`,
  },
  log4j2: {
    file:
      'rootLogger.level=INFO\nrootLogger.appenderRef.f.ref=F\nappender.f.type=File\nappender.f.name=F\n' +
      'appender.f.fileName=${sys:kafka.log}\nappender.f.layout.type=PatternLayout\nappender.f.layout.pattern=%d %p %m (%c)%n\n',
    flag: (path) => `-Dlog4j2.configurationFile=file:${path}`,
  },
};

/** A second listener of the only node, which tells its clients to come through another port: a proxy's. */
export interface ProxiedListener {
  readonly port: number;
  readonly advertisedPort: number;
}

function serverProperties(
  id: number,
  ports: readonly number[],
  nodes: number,
  version: KafkaVersion,
  data: string,
  proxied: ProxiedListener | undefined,
): string[] {
  const controllers = ports.slice(nodes);
  const replication = nodes >= 3 ? 3 : 1;
  const minIsr = nodes >= 3 ? 2 : 1;
  return [
    'process.roles=broker,controller',
    `node.id=${id}`,
    `controller.quorum.voters=${controllers.map((port, i) => `${i + 1}@127.0.0.1:${port}`).join(',')}`,
    `listeners=PLAINTEXT://127.0.0.1:${ports[id - 1]},CONTROLLER://127.0.0.1:${controllers[id - 1]}${proxied ? `,PROXIED://127.0.0.1:${proxied.port}` : ''}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${ports[id - 1]}${proxied ? `,PROXIED://127.0.0.1:${proxied.advertisedPort}` : ''}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT',
    `log.dirs=${data}`,
    `broker.rack=r${id}`,
    'num.partitions=1',
    `offsets.topic.replication.factor=${replication}`,
    'offsets.topic.num.partitions=4',
    `transaction.state.log.replication.factor=${replication}`,
    `transaction.state.log.min.isr=${minIsr}`,
    'transaction.state.log.num.partitions=4',
    'group.initial.rebalance.delay.ms=0',
    'group.consumer.min.heartbeat.interval.ms=100',
    'group.consumer.heartbeat.interval.ms=200',
    'log.cleaner.dedupe.buffer.size=2097152',
    'replica.lag.time.max.ms=3000',
    'broker.session.timeout.ms=6000',
    ...(version === '3.9.2'
      ? ['group.coordinator.rebalance.protocols=classic,consumer']
      : [
          `share.coordinator.state.topic.replication.factor=${replication}`,
          `share.coordinator.state.topic.min.isr=${minIsr}`,
        ]),
  ];
}

/** Resolves when the node's log says that it serves; rejects with its output when the process ends first. */
function untilStarted(process: ChildProcess, log: string, since: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (readFileSync(log, 'utf8').slice(since).includes('Kafka Server started')) done(resolve);
    };
    const watcher = watch(log, look);
    const timer = setInterval(look, 200);
    const limit = setTimeout(() => done(() => reject(new Error(`not ready after 90 s, see ${log}`))), 90_000);
    const ended = (): void => done(() => reject(new Error(`ended early:\n${readFileSync(log, 'utf8').slice(-4000)}`)));
    process.once('exit', ended);
    function done(then: () => void): void {
      watcher.close();
      clearInterval(timer);
      clearTimeout(limit);
      process.off('exit', ended);
      then();
    }
    look();
  });
}

/** Starts `nodes` nodes and waits until all of them serve. `config` lines are added to every server.properties. */
export async function startKafka(
  version: KafkaVersion,
  options: {
    readonly nodes?: number;
    readonly config?: readonly string[];
    readonly heapMb?: number;
    readonly proxied?: ProxiedListener;
  } = {},
): Promise<RealKafka> {
  const nodes = options.nodes ?? 1;
  const directory = mkdtempSync(join(tmpdir(), 'kmedic-kafka-'));
  const ports = await freePorts(nodes * 2);
  const logging = LOGGING[version === '3.9.2' ? 'log4j1' : 'log4j2'];
  const loggingFile = join(directory, 'log.properties');
  writeFileSync(loggingFile, logging.file);
  const properties = (id: number): string => join(directory, `server${id}.properties`);
  const log = (id: number): string => join(directory, `server${id}.log`);
  const dataDirectory = (id: number): string => join(directory, `data${id}`);

  const clusterId =
    (await runTool(version, 'kafka.tools.StorageTool', ['random-uuid'])).stdout.trim().split('\n').at(-1) ?? '';
  for (let id = 1; id <= nodes; id++) {
    const lines = [
      ...serverProperties(id, ports, nodes, version, dataDirectory(id), options.proxied),
      ...(options.config ?? []),
    ];
    writeFileSync(properties(id), `${lines.join('\n')}\n`);
    writeFileSync(log(id), '');
    const formatted = await runTool(version, 'kafka.tools.StorageTool', [
      'format',
      '-t',
      clusterId,
      '-c',
      properties(id),
    ]);
    if (formatted.code !== 0) throw new Error(`format failed: ${formatted.stdout}${formatted.stderr}`);
  }

  const processes = new Map<number, ChildProcess>();
  const startNode = async (id: number): Promise<void> => {
    const output = openSync(join(directory, `out${id}`), 'a');
    const since = readFileSync(log(id), 'utf8').length;
    const child = spawn(
      'java',
      [
        `-Xmx${options.heapMb ?? 512}m`,
        '-Xms128m',
        '-XX:+UseSerialGC',
        logging.flag(loggingFile),
        `-Dkafka.log=${log(id)}`,
        '-cp',
        classPath(version),
        'kafka.Kafka',
        properties(id),
      ],
      { stdio: ['ignore', output, output] },
    );
    closeSync(output);
    processes.set(id, child);
    await untilStarted(child, log(id), since);
  };
  const end = async (id: number, signal: NodeJS.Signals): Promise<void> => {
    const child = processes.get(id);
    processes.delete(id);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  };

  const close = async (): Promise<void> => {
    await Promise.all([...processes.keys()].map((id) => end(id, 'SIGKILL')));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await Promise.all(Array.from({ length: nodes }, (_, i) => startNode(i + 1)));
  } catch (error) {
    await close();
    throw error;
  }
  const addresses = ports.slice(0, nodes).map((port) => `127.0.0.1:${port}`);
  return {
    version,
    addresses,
    bootstrap: addresses.join(','),
    directory,
    dataDirectory,
    tool: (className, ...args) => runTool(version, className, args),
    stopNode: (id) => end(id, 'SIGTERM'),
    startNode,
    signal: (id, signal) => processes.get(id)?.kill(signal),
    close,
  };
}
