import { DeleteGroups } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { GroupCoordinator } from '../coordinator/coordinator.ts';
import { type Handler, handler } from '../handler.ts';

export function deleteGroups(groups: GroupCoordinator): Handler {
  return handler({
    api: DeleteGroups,
    versions: '0-2',
    handle(request, _, reply) {
      // A group that is named twice is answered for once.
      const results = [...new Set(request.groupsNames)].map((groupId) => ({
        groupId,
        errorCode: ErrorCode.NONE as number,
      }));
      let missing = results.length;
      if (missing === 0) reply({ results });
      for (const result of results) {
        const answered = (errorCode: number) => {
          result.errorCode = errorCode;
          missing--;
          if (missing === 0) reply({ results });
        };
        const outcome = groups.run(result.groupId, (shard, turn) => shard.delete(result.groupId, turn, answered));
        if (outcome !== undefined) answered(outcome.refused);
      }
    },
  });
}
