import { commitOffsets } from '../history.ts';
import { openClient } from './open-client.ts';
import { pause } from './pause.ts';
import type { CommitterRole, Report } from './roles.ts';

/** Commits for ever, as a tool does that is no member of the group. A refusal is told, and tried again. */
export async function commit(role: CommitterRole, report: (report: Report) => void): Promise<never> {
  const client = openClient(role);
  const { body } = await client.metadata([role.topic]);
  const partitions = body.topics.flatMap((topic) => topic.partitions).length;
  for (let turn = 1; ; turn++) {
    try {
      const offsets = Array.from({ length: partitions }, () => turn * role.step);
      await commitOffsets(client, { group: role.group, topic: role.topic, offsets });
      report({ event: 'working' });
    } catch (error) {
      report({ event: 'trouble', message: error instanceof Error ? error.message : String(error) });
    }
    await pause(role.everyMs);
  }
}
