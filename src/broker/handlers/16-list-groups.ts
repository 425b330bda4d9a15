import { ListGroups } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { ResponseInput } from '../../protocol/schema/index.ts';
import type { GroupCoordinator } from '../coordinator/coordinator.ts';
import { type Handler, handler } from '../handler.ts';

type Listed = NonNullable<ResponseInput<typeof ListGroups>['groups']>[number];

const GROUP_TYPE = 'classic';

export function listGroups(groups: GroupCoordinator): Handler {
  return handler({
    api: ListGroups,
    versions: '0-5',
    handle(request, _, reply) {
      const wantedState = filter(request.statesFilter);
      const wantedType = filter(request.typesFilter);
      const listed: Listed[] = [];
      const errorCode = groups.runAll((shard) => {
        for (const { groupId, protocolType, state } of shard.groups()) {
          if (state === 'Dead' || !wantedState(state) || !wantedType(GROUP_TYPE)) continue;
          listed.push({ groupId, protocolType: protocolType ?? '', groupState: state, groupType: GROUP_TYPE });
        }
      });
      reply({ errorCode, groups: errorCode === ErrorCode.NONE ? listed : [] });
    },
  });
}

/** No names at all mean every one; case does not matter. */
function filter(names: readonly string[]): (name: string) => boolean {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return (name) => wanted.size === 0 || wanted.has(name.toLowerCase());
}
