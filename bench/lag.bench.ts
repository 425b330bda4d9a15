// Lag of everything, against a real Apache Kafka: 500 groups of 20 partitions (10,000 rows), on loopback and through a
// proxy that makes a round trip of 20 ms; beside Apache's own tool, and beside kcl where it is on the PATH. Then 1,000
// groups, for the memory of one run. Needs Java and the jars (test/kafka/jars.ts); `--rounds N` sets how often.
import { CreateTopics, FindCoordinator, OffsetCommit } from '../src/protocol/api/index.ts';
import { freePorts, runTool, startKafka, TOOLS } from '../test/kafka/harness.ts';
import { hasCommand, kafkaMissing } from '../test/kafka/jars.ts';
import { startDelayProxy } from './delay-proxy.ts';
import { claim, inTurn, median, type Run, runOnce } from './measure.ts';
import { openWire } from './wire.ts';

const VERSION = '4.3.1';
const TOPIC = 'orders';
const PARTITIONS = 20;
const RETRIABLE = new Set([3, 5, 14, 15, 16]);
const rounds = Number(process.argv[process.argv.indexOf('--rounds') + 1]) || 5;
const MIB = 1 << 20;

/** Commits offset 0 on every partition for groups `from` to `to`, waiting out the creation of the offsets topic. */
async function commitGroups(port: number, from: number, to: number): Promise<void> {
  const wire = await openWire('127.0.0.1', port);
  const partitions = Array.from({ length: PARTITIONS }, (_, partitionIndex) => ({
    partitionIndex,
    committedOffset: 0,
  }));
  for (let group = from; group < to; group++) {
    const groupId = `group-${String(group).padStart(4, '0')}`;
    for (;;) {
      const body = { groupId, generationIdOrMemberEpoch: -1, topics: [{ name: TOPIC, partitions }] };
      const answer = await wire.call(OffsetCommit, 8, body);
      const codes = answer.topics.flatMap((topic) => topic.partitions.map((partition) => partition.errorCode));
      if (codes.every((code) => code === 0)) break;
      if (!codes.every((code) => code === 0 || RETRIABLE.has(code))) throw new Error(`commit of ${groupId}: ${codes}`);
      await wire.call(FindCoordinator, 4, { keyType: 0, coordinatorKeys: [groupId] });
    }
  }
  wire.close();
}

function kmedic(bootstrap: string): () => Promise<Run> {
  return () => runOnce(process.execPath, ['bin/kmedic.js', 'lag', '--all', '-b', bootstrap]);
}

function good(run: Run): Run {
  if (run.code !== 0 && run.code !== 1) throw new Error(`exit ${run.code}`);
  return run;
}

const describe = (runs: readonly Run[]): string =>
  `${median(runs.map((run) => run.wallMs / 1000)).toFixed(3)} s, ${(median(runs.map((run) => run.peakBytes)) / MIB).toFixed(0)} MiB`;

async function main(): Promise<void> {
  const [proxyPort = 0, proxiedPort = 0] = await freePorts(2);
  const kafka = await startKafka(VERSION, { proxied: { port: proxiedPort, advertisedPort: proxyPort } });
  const closeProxy = await startDelayProxy(proxiedPort, proxyPort, 10);
  try {
    const port = Number(kafka.bootstrap.split(':')[1]);
    const wire = await openWire('127.0.0.1', port);
    await wire.call(CreateTopics, 5, {
      topics: [{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 1 }],
      timeoutMs: 30_000,
    });
    wire.close();
    await commitGroups(port, 0, 500);
    const slow = `127.0.0.1:${proxyPort}`;

    const hasKcl = hasCommand('kcl', '--help');
    const groups = Array.from({ length: 500 }, (_, i) => `group-${String(i).padStart(4, '0')}`);
    const kcl = (bootstrap: string) => () =>
      // Without this it asks for a configuration file first, and ends when nobody answers.
      runOnce('kcl', ['--no-config-file', '-X', `seed_brokers=${bootstrap}`, 'group', 'describe', ...groups]);
    const apache = async (bootstrap: string): Promise<number> => {
      const begin = performance.now();
      await runTool(VERSION, TOOLS.consumerGroups, [
        '--bootstrap-server',
        bootstrap,
        '--describe',
        '--all-groups',
        '--timeout',
        '120000',
      ]);
      return (performance.now() - begin) / 1000;
    };

    console.log(`500 groups × ${PARTITIONS} partitions, Apache Kafka ${VERSION}, ${rounds} rounds, medians`);
    console.log('loopback');
    const first = await inTurn(
      rounds,
      kmedic(kafka.bootstrap),
      hasKcl ? kcl(kafka.bootstrap) : kmedic(kafka.bootstrap),
    );
    first.a.forEach(good);
    first.b.forEach(good);
    console.log(`  kmedic lag --all      ${describe(first.a)}`);
    console.log(
      hasKcl ? `  kcl group describe    ${describe(first.b)}` : '  kcl                   not on the PATH, left out',
    );
    const apacheLoopback = await apache(kafka.bootstrap);
    console.log(`  Apache --all-groups   ${apacheLoopback.toFixed(2)} s`);
    const kmedicLoopback = median(first.a.map((run) => run.wallMs));
    if (hasKcl) claim('loopback, of kcl’s time', kmedicLoopback / median(first.b.map((run) => run.wallMs)), 0.6);
    claim('loopback, of Apache’s time', kmedicLoopback / 1000 / apacheLoopback, 0.3);

    console.log('20 ms round trip');
    const far = await inTurn(rounds, kmedic(slow), kmedic(slow));
    const farRuns = [...far.a, ...far.b].map(good);
    console.log(`  kmedic lag --all      ${describe(farRuns)}`);
    if (hasKcl) console.log(`  kcl group describe    ${describe([await kcl(slow)()])}`);
    const apacheFar = await apache(slow);
    console.log(`  Apache --all-groups   ${apacheFar.toFixed(2)} s`);
    const kmedicFar = median(farRuns.map((run) => run.wallMs)) / 1000;
    claim('20 ms round trip', kmedicFar, 0.6, 's');
    claim('20 ms round trip, of Apache’s time', kmedicFar / apacheFar, 0.05);

    await commitGroups(port, 500, 1000);
    const thousand = (await inTurn(3, kmedic(kafka.bootstrap), kmedic(kafka.bootstrap))).a.map(good);
    console.log(`1,000 groups × ${PARTITIONS} partitions, loopback: ${describe(thousand)}`);
    claim('resident memory for 20,000 rows', Math.max(...thousand.map((run) => run.peakBytes)) / 1e6, 160, 'MB');
  } finally {
    await closeProxy();
    await kafka.close();
  }
}

const missing = kafkaMissing();
if (missing === null) await main();
else console.log(`SKIPPED: ${missing}`);
