import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { locate, NOWHERE } from '../cluster/groups.ts';
import { DeleteGroups } from '../protocol/api/index.ts';
import { ErrorCode, errorName } from '../protocol/errors.ts';

export interface DeletedGroup {
  readonly group: string;
  /** Kafka's name of the error; null where the group is gone. */
  readonly error: string | null;
}

/**
 * Deletes groups with their committed offsets, each at its coordinator. Never sent twice by itself: the broker refuses
 * groups that have members (NON_EMPTY_GROUP). One result per group, in the order given.
 */
export async function deleteGroups(client: ClusterClient, names: readonly string[]): Promise<DeletedGroup[]> {
  const results = new Map<string, string | null>();
  const metadata = await client.metadata([]);
  const located = await locate(client, names, metadata.depth);
  await Promise.all(
    [...located].map(async ([node, groups]) => {
      const asked = groups.map(({ group }) => group);
      if (node === NOWHERE) {
        for (const { group, problem } of groups) results.set(group, problem?.name ?? 'COORDINATOR_NOT_AVAILABLE');
        return;
      }
      try {
        const { body } = await client.call(node, DeleteGroups, { groupsNames: asked });
        for (const { groupId, errorCode } of body.results) {
          results.set(groupId, errorCode === ErrorCode.NONE ? null : errorName(errorCode));
        }
      } catch (error) {
        const { name } = asClientError(error);
        for (const group of asked) results.set(group, name);
      }
    }),
  );
  return names.map((group) => ({
    group,
    error: results.get(group) === undefined ? 'NO_ANSWER' : (results.get(group) ?? null),
  }));
}
