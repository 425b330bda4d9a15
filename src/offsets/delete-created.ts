import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { deleteGroups } from '../cluster/delete-groups.ts';
import { readBack } from './commit.ts';

/**
 * Deletes a group that an undone apply had created, so that it is as absent as before. Only where it has no commit left; its
 * coordinator refuses where it has members. Without this it would stay until Kafka looks for expired offsets. Never rejects
 * for a broker's fault: a group that remains does no harm, and is told.
 */
export async function deleteCreated(
  client: ClusterClient,
  group: string,
  patienceMs: number,
): Promise<{ readonly deleted: boolean; readonly note: string }> {
  const remains = (why: string) => ({
    deleted: false,
    note: `the group did not exist before; it remains, without what was set: ${why}`,
  });
  const commits = await readBack(client, group, null, 0, patienceMs);
  if (!(commits instanceof Map)) return remains('its commits could not be read again');
  const [first] = commits.keys();
  if (first !== undefined) return remains(`somebody has committed ${first} since`);
  try {
    const error = (await deleteGroups(client, [group]))[0]?.error ?? null;
    const gone = error === null || error === 'GROUP_ID_NOT_FOUND';
    return gone ? { deleted: true, note: 'the group did not exist before, and is deleted again' } : remains(error);
  } catch (error) {
    return remains(asClientError(error).message);
  }
}
