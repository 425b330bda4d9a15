import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { DeleteGroups } from '../protocol/api/index.ts';
import { ErrorCode, errorName } from '../protocol/errors.ts';
import { locate, NOWHERE } from './groups.ts';

export interface DeletedGroup {
  readonly group: string;
  /** Kafka's name of the error, or the client's; null where the group is gone. */
  readonly error: string | null;
}

/**
 * Deletes groups with their committed offsets, each at its coordinator. Coordinators refuse groups that have members
 * (NON_EMPTY_GROUP). A request is never sent twice: what was not answered is an error. One result per group, in the
 * order given. Rejects with a ClientError where the coordinators cannot even be asked for.
 */
export async function deleteGroups(client: ClusterClient, names: readonly string[]): Promise<DeletedGroup[]> {
  const errors = new Map<string, string | null>(names.map((name) => [name, 'NO_ANSWER']));
  const located = await locate(client, [...errors.keys()], 0);
  await Promise.all(
    [...located].map(async ([node, groups]) => {
      if (node === NOWHERE) {
        for (const { group, problem } of groups) errors.set(group, problem?.name ?? 'NO_ANSWER');
        return;
      }
      const asked = groups.map(({ group }) => group);
      try {
        const { body } = await client.call(node, DeleteGroups, { groupsNames: asked }, { after: 1 });
        for (const { groupId, errorCode } of body.results) {
          errors.set(groupId, errorCode === ErrorCode.NONE ? null : errorName(errorCode));
        }
      } catch (error) {
        for (const group of asked) errors.set(group, asClientError(error).name);
      }
    }),
  );
  return names.map((group) => ({ group, error: errors.get(group) ?? null }));
}
