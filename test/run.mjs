// The README's test command: format and lint, types, build, then every suite that needs Node alone. It ends by naming
// the suites that need more than that, and what they would need, so that a green run never claims more than it ran.
import { spawnSync } from 'node:child_process';

const report = process.env.KMEDIC_TEST_REPORT;
const vitest = [
  'vitest',
  'run',
  '--reporter=default',
  ...(report ? ['--reporter=json', `--outputFile.json=${report}`] : []),
];
const steps = [
  ['format and lint', ['biome', 'ci', '--error-on-warnings', '.']],
  ['lint with types', ['oxlint', '--type-aware', '--deny-warnings', 'src', 'test', 'bench']],
  ['types', ['tsc', '-p', '.']],
  ['build', ['node', 'build.mjs']],
  ['tests', vitest],
];
for (const [name, [command, ...args]] of steps) {
  process.stdout.write(`\n— ${name}\n`);
  const { status, signal } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write(`✗ ${name} failed (${signal ?? `exit ${status}`})\n`);
    process.exit(1);
  }
}

const needs = {
  'test/drills (every practice incident, for minutes)': [],
  'test/kafka (Apache Kafka brokers and tools)': [
    ['java', '-version'],
    ['mvn', '--version'],
  ],
  'test/interop (kcat, python clients, Java clients, lz4, zstd, strace, chromium)': [
    ...['kcat', 'lz4', 'zstd', 'strace'].map((tool) => [tool, '-V']),
    ['chromium', '--version'],
    ['/usr/bin/python3', '-c', 'import kafka, confluent_kafka'],
    ['java', '-version'],
  ],
};
process.stdout.write('\nnot run by npm test, run by .ci/run:\n');
for (const [suite, commands] of Object.entries(needs)) {
  const missing = commands.filter(([command, ...args]) => spawnSync(command, args, { stdio: 'ignore' }).status !== 0);
  const here =
    missing.length > 0 ? `missing here: ${missing.map((parts) => parts.join(' ')).join(', ')}` : 'all it needs is here';
  process.stdout.write(`  SKIPPED ${suite}: ${here}\n`);
}
