import type { CommandWords } from '../diagnose/fill-command.ts';
import { quote } from './hint.ts';
import { COMMANDS } from './registry.ts';

/**
 * A command of a verdict as a line that can be run from where the reader is: quoted, and with how the cluster is reached
 * where the command looks at one. A recording is named only to commands that can read it.
 */
export function sayCommand({ words, behind }: CommandWords, reach: readonly string[]): string {
  const [command] = COMMANDS.filter(({ path }) => path.every((word, at) => words[at] === word)).sort(
    (a, b) => b.path.length - a.path.length,
  );
  const connects = command?.connects ?? 'no';
  const told = connects === 'no' || (connects === 'live' && reach[0] === '--from') ? [] : reach;
  return ['kmedic', ...words, ...told, ...(behind.length > 0 ? ['--', ...behind] : [])].map(quote).join(' ');
}
