import { FindCoordinator } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { GroupCoordinator } from '../coordinator/coordinator.ts';
import { type Handler, handler } from '../handler.ts';

const GROUP = 0;
/** v4+: several keys in one request (KIP-699). */
const BATCHED = 4;

/** Types of coordinators that a client may ask for and that this broker does not have. */
const NOT_SERVED = new Map([
  [1, 'this broker has no transaction coordinator'],
  [2, 'this broker has no share coordinator'],
]);

export function findCoordinator(groups: GroupCoordinator): Handler {
  return handler({
    api: FindCoordinator,
    versions: '0-6',
    handle(request, { apiVersion }, reply) {
      const keys = apiVersion >= BATCHED ? request.coordinatorKeys : [request.key];
      const coordinators = keys.map((key) => ({ key, ...locate(groups, key, request.keyType) }));
      const [first] = coordinators;
      if (apiVersion >= BATCHED || first === undefined) {
        reply({ coordinators });
        return;
      }
      const { key: _, ...answer } = first;
      // Kafka's own word for success in these versions; later ones say nothing.
      reply(answer.errorCode === ErrorCode.NONE ? { ...answer, errorMessage: 'NONE' } : answer);
    },
  });
}

function locate(groups: GroupCoordinator, key: string, keyType: number) {
  if (keyType !== GROUP) {
    const errorMessage = NOT_SERVED.get(keyType) ?? `there is no coordinator of type ${keyType}`;
    return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage, nodeId: -1, host: '', port: -1 };
  }
  const node = groups.find(key);
  if (node === null) {
    const errorMessage = 'The coordinator is not available.';
    return { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, errorMessage, nodeId: -1, host: '', port: -1 };
  }
  return { errorCode: ErrorCode.NONE, errorMessage: '', ...node };
}
