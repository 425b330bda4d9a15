import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import { compression, records, scanBatches } from '../../src/records/index.ts';
import { consoleProducer, dumpLogSegments, runTool, spawnTool, TOOLS } from '../kafka/harness.ts';
import { hasCommand, KAFKA_VERSIONS, kafkaMissing } from '../kafka/jars.ts';

/*
 * Other people's clients, unmodified, against three nodes with files: everyone writes with every codec that it has, and
 * everyone reads what all have written. Afterwards Apache's own tool reads the files.
 */

const PYTHON = '/usr/bin/python3';
const SCRIPT = join(import.meta.dirname, 'clients.py');
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const TOPIC = 'mixed';
const JAVA_MISSING = kafkaMissing();
const TIMEOUT_MS = 120_000;

let directory: string;
let cluster: EmbeddedCluster;
let bootstrap: string;
/** What was written so far, in order. */
const written: string[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'kmedic-clients-'));
  cluster = await startCluster({
    nodes: 3,
    dataDir: join(directory, 'data'),
    topics: [
      { name: TOPIC, partitions: 1, replicationFactor: 3 },
      { name: 'plain', partitions: 1, replicationFactor: 3 },
    ],
  });
  bootstrap = cluster.brokers.map(({ host, port }) => `${host}:${port}`).join();
});

afterAll(async () => {
  await cluster.close();
  rmSync(directory, { recursive: true });
});

/** Runs a program to its end; anything but success is an error that shows what it said. */
function run(command: string, args: readonly string[], input = ''): Promise<string> {
  return ended(spawn(command, args), input);
}

function ended(child: ChildProcess, input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(stdout) : reject(new Error(`${child.spawnargs.join(' ')}: exit ${code}\n${stderr}`)),
    );
    child.stdin?.end(input);
  });
}

function values(who: string, codec: string): string[] {
  return [0, 1, 2].map((i) => `${who}-${codec}-${i}-${'x'.repeat(200)}`);
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Whether a client refuses a codec because its own library for it is not installed. */
function lacksLibrary(error: unknown): boolean {
  return (
    error instanceof Error &&
    /libraries? for \w+ compression codec not found|codec not found|not support/i.test(error.message)
  );
}

describe.skipIf(!hasCommand('kcat', '-V'))('kcat', () => {
  test.each(CODECS)(
    'writes %s',
    async (codec) => {
      const batch = values('kcat', codec);
      const args = ['-P', '-b', bootstrap, '-t', TOPIC, '-p', '0', '-z', codec, '-X', 'acks=all'];
      await run('kcat', args, `${batch.join('\n')}\n`);
      written.push(...batch);
    },
    TIMEOUT_MS,
  );
});

describe.skipIf(!hasCommand(PYTHON, '-c', 'import kafka'))('python3-kafka', () => {
  test.each(CODECS)(
    'writes %s',
    async (codec) => {
      const batch = values('kafka-python', codec);
      try {
        await run(PYTHON, [SCRIPT, 'kafka', 'produce', bootstrap, TOPIC, codec, ...batch]);
      } catch (error) {
        if (!lacksLibrary(error)) throw error;
        console.warn(`python3-kafka lacks the library for ${codec}: not written`);
        return;
      }
      written.push(...batch);
    },
    TIMEOUT_MS,
  );
});

describe.skipIf(!hasCommand(PYTHON, '-c', 'import kafka'))('python3-kafka without further libraries', () => {
  test(
    'reads back what it wrote',
    async () => {
      const batches = ['none', 'gzip'].map((codec) => ({ codec, batch: values('again', codec) }));
      for (const { codec, batch } of batches) {
        await run(PYTHON, [SCRIPT, 'kafka', 'produce', bootstrap, 'plain', codec, ...batch]);
      }
      const all = batches.flatMap(({ batch }) => batch);
      const seen = await run(PYTHON, [SCRIPT, 'kafka', 'consume', bootstrap, 'plain', String(all.length)]);
      expect(JSON.parse(seen)).toEqual(all);
    },
    TIMEOUT_MS,
  );
});

describe.skipIf(!hasCommand(PYTHON, '-c', 'import confluent_kafka'))('python3-confluent-kafka', () => {
  test.each(CODECS)(
    'writes %s, idempotently',
    async (codec) => {
      const batch = values('confluent', codec);
      await run(PYTHON, [SCRIPT, 'confluent', 'produce', bootstrap, TOPIC, codec, ...batch]);
      written.push(...batch);
    },
    TIMEOUT_MS,
  );
});

describe.skipIf(JAVA_MISSING !== null).each(KAFKA_VERSIONS)('Apache Kafka %s', (version) => {
  test.each(CODECS)(
    'writes %s, idempotently',
    async (codec) => {
      const batch = values(`java-${version}`, codec);
      const properties = join(directory, 'producer.properties');
      writeFileSync(properties, `acks=all\ncompression.type=${codec}\n`);
      const config = version === '3.9.2' ? '--producer.config' : '--command-config';
      const args = ['--bootstrap-server', bootstrap, '--topic', TOPIC, config, properties];
      const tool = spawnTool(version, consoleProducer(version), args);
      expect(await ended(tool, `${batch.join('\n')}\n`)).not.toMatch(/ERROR|Exception/);
      written.push(...batch);
    },
    TIMEOUT_MS,
  );
});

describe('everything that was written', () => {
  test.skipIf(!hasCommand('kcat', '-V'))(
    'is read by kcat',
    async () => {
      const seen = await run('kcat', ['-C', '-b', bootstrap, '-t', TOPIC, '-p', '0', '-e', '-q', '-o', 'beginning']);
      expect(lines(seen)).toEqual(written);
    },
    TIMEOUT_MS,
  );

  test.skipIf(!hasCommand(PYTHON, '-c', 'import confluent_kafka'))(
    'is read by python3-confluent-kafka',
    async () => {
      const seen = await run(PYTHON, [SCRIPT, 'confluent', 'consume', bootstrap, TOPIC, String(written.length)]);
      expect(JSON.parse(seen)).toEqual(written);
    },
    TIMEOUT_MS,
  );

  test.skipIf(JAVA_MISSING !== null).each(KAFKA_VERSIONS)(
    'is read by the console consumer of Apache Kafka %s, offsets and all',
    async (version) => {
      const { stdout } = await runTool(version, TOOLS.consoleConsumer, [
        '--bootstrap-server',
        bootstrap,
        '--topic',
        TOPIC,
        '--from-beginning',
        '--max-messages',
        String(written.length),
        '--timeout-ms',
        '30000',
        '--property',
        'print.offset=true',
      ]);
      // 4.3 adds a line about its options.
      const seen = lines(stdout).filter((line) => line.startsWith('Offset:'));
      expect(seen).toEqual(written.map((value, offset) => `Offset:${offset}\t${value}`));
    },
    TIMEOUT_MS,
  );

  test.skipIf(JAVA_MISSING !== null).each(KAFKA_VERSIONS)(
    'is counted by kafka-get-offsets of Apache Kafka %s',
    async (version) => {
      const ask = async (time: string) =>
        (await runTool(version, TOOLS.getOffsets, ['--bootstrap-server', bootstrap, '--topic', TOPIC, '--time', time]))
          .stdout;
      expect(await ask('latest')).toBe(`${TOPIC}:0:${written.length}\n`);
      expect(await ask('earliest')).toBe(`${TOPIC}:0:0\n`);
    },
    TIMEOUT_MS,
  );
});

describe('the files', () => {
  beforeAll(async () => {
    await cluster.close();
  });

  const log = (node: number) => join(directory, 'data', `node-${node}`, `${TOPIC}-0`, '00000000000000000000.log');

  test('are the same on every node, byte for byte, and hold batches as clients sent them', () => {
    const bytes = readFileSync(log(1));
    for (const node of [2, 3]) expect(readFileSync(log(node)).equals(bytes)).toBe(true);
    const seen: string[] = [];
    const codecs = new Set<number>();
    const end = scanBatches(bytes, ({ position }) => {
      codecs.add(compression(bytes, position));
      for (const { value } of records(bytes, position)) seen.push(String(value));
    });
    expect(end.state).toBe('end');
    expect(seen).toEqual(written);
    if (written.length > 0) expect([...codecs].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test.skipIf(JAVA_MISSING !== null).each(KAFKA_VERSIONS)(
    'pass the dump tool of Apache Kafka %s',
    async (version) => {
      for (const node of [1, 2, 3]) {
        const partition = join(directory, 'data', `node-${node}`, `${TOPIC}-0`);
        const files = readdirSync(partition)
          .filter((name) => /\.(log|index|timeindex|snapshot)$/.test(name))
          .map((name) => join(partition, name));
        const { code, stdout, stderr } = await runTool(version, dumpLogSegments(version), [
          '--deep-iteration',
          '--files',
          files.join(),
        ]);
        expect({ code, stderr: stderr.replace(/^.*(log4j|SLF4J|WARN StatusLogger).*$/gim, '').trim() }).toEqual({
          code: 0,
          stderr: '',
        });
        expect(stdout).not.toMatch(/mismatch|Non-consecutive|invalid|isvalid: false|Exception/i);
        expect(stdout.match(/^\| offset: \d+/gm)?.length).toBe(written.length);
      }
    },
    TIMEOUT_MS,
  );
});
