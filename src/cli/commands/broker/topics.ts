import type { StartClusterOptions } from '../../deps.ts';
import { usage } from '../../failure.ts';

/** `--topic name[:partitions[:rf]]`: 1 partition and as many replicas as there are nodes (3 at most), when not given. */
export function parseTopics(words: readonly string[], nodes: number): NonNullable<StartClusterOptions['topics']> {
  return words.map((word) => {
    const [, name, partitions = '1', rf] = /^([\w.-]{1,249})(?::(\d{1,6}))?(?::(\d{1,3}))?$/.exec(word) ?? [];
    if (name === undefined || name === '.' || name === '..' || Number(partitions) < 1) {
      throw usage(`--topic ${word}: not name:partitions:replication-factor`, 'for example --topic orders:3:3');
    }
    const replicationFactor = rf === undefined ? Math.min(nodes, 3) : Number(rf);
    if (replicationFactor < 1 || replicationFactor > nodes) {
      throw usage(`--topic ${word}: ${replicationFactor} replicas need as many nodes, and there are ${nodes}`);
    }
    return { name, partitions: Number(partitions), replicationFactor };
  });
}

/** `--config key=value`, repeatable. */
export function parseConfig(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at < 1) throw usage(`--config ${word}: not key=value`);
      return [word.slice(0, at).trim(), word.slice(at + 1)];
    }),
  );
}
