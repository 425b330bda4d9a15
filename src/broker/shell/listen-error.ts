import { ClusterStartError, errorCodeOf } from './start-error.ts';

/** Why a node cannot listen, as the error that says what to do about it. */
export function listenError(error: unknown, node: number, host: string, port: number): unknown {
  if (!(error instanceof Error)) return error;
  const inUse = errorCodeOf(error) === 'EADDRINUSE';
  const message = inUse
    ? `port ${port} of node ${node} is in use on ${host}`
    : `node ${node} cannot listen on ${host}:${port}: ${error.message}`;
  return new ClusterStartError(
    inUse ? 'port-in-use' : 'cannot-listen',
    message,
    { node, host, port },
    { cause: error },
  );
}
