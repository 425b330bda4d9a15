import { type CommandWords, isKafkaScript } from '../diagnose/fill-command.ts';
import { quote } from './hint.ts';
import { COMMANDS } from './registry.ts';

/**
 * A command of a verdict as a line that can be run from where the reader is: quoted, and with how the cluster is reached
 * where the command looks at one. A recording is named only to commands that can read it.
 */
export function sayCommand({ words, behind }: CommandWords, reach: readonly string[]): string {
  const [script = '', ...rest] = words;
  if (isKafkaScript(script)) return [script, ...kafkaReach(reach), ...rest, ...behind].map(quote).join(' ');
  const [command] = COMMANDS.filter(({ path }) => path.every((word, at) => words[at] === word)).sort(
    (a, b) => b.path.length - a.path.length,
  );
  const connects = command?.connects ?? 'no';
  // A recording does not change: there is nothing to watch.
  const live = connects === 'live' || words.includes('--watch');
  // A command that names its own cluster is about another one than the diagnosis.
  const told = connects === 'no' || words.includes('-b') || (live && reach[0] === '--from') ? [] : reach;
  return ['kmedic', ...words, ...told, ...(behind.length > 0 ? ['--', ...behind] : [])].map(quote).join(' ');
}

/** How Kafka's own scripts reach the cluster: they know no default, and no recording. */
function kafkaReach(reach: readonly string[]): string[] {
  const given = (option: string): string | undefined => reach[reach.indexOf(option) + 1 || reach.length];
  const config = given('--command-config');
  return [
    '--bootstrap-server',
    given('-b') ?? '<host:port>',
    ...(config === undefined ? [] : ['--command-config', config]),
  ];
}
