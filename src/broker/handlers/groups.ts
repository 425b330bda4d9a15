import { GroupCoordinator } from '../coordinator/coordinator.ts';
import type { NodeService } from '../handler.ts';
import type { Node } from '../node.ts';
import { offsetCommit } from './08-offset-commit.ts';
import { offsetFetch } from './09-offset-fetch.ts';
import { findCoordinator } from './10-find-coordinator.ts';
import { joinGroup } from './11-join-group.ts';
import { heartbeat } from './12-heartbeat.ts';
import { leaveGroup } from './13-leave-group.ts';
import { syncGroup } from './14-sync-group.ts';
import { describeGroups } from './15-describe-groups.ts';
import { listGroups } from './16-list-groups.ts';
import { deleteGroups } from './42-delete-groups.ts';
import { offsetDelete } from './47-offset-delete.ts';

const HANDLERS = [
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  deleteGroups,
  offsetDelete,
];

/** Everything about consumer groups that a node serves: the classic protocol, offsets, and their administration. */
export function createGroupService(node: Node): NodeService {
  const coordinator = new GroupCoordinator(node);
  return {
    handlers: HANDLERS.map((handler) => handler(coordinator)),
    stop: () => coordinator.stop(),
  };
}
