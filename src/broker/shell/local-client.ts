import { decodeResponse, encodeRequest } from '../../protocol/frame.ts';
import type { Api, RequestInput, ResponseOf } from '../../protocol/schema/index.ts';
import type { ConnectionCore } from './connection.ts';
import { ClusterStartError } from './start-error.ts';

/** No client's connection has this id. */
const LOCAL_CONNECTION = 0;
const LOCAL = { connectionId: LOCAL_CONNECTION, clientHost: '/127.0.0.1' };

/** Asks a node of this process as a client would, without a socket. */
export function ask<A extends Api>(
  core: ConnectionCore,
  api: A,
  version: number,
  request: RequestInput<A>,
): Promise<ResponseOf<A>> {
  const frame = Buffer.concat(encodeRequest(api, version, { correlationId: 0, clientId: 'kmedic' }, request));
  return new Promise((resolve, reject) => {
    core.dispatch(frame, LOCAL, (outcome) => {
      if (typeof outcome === 'string') reject(new ClusterStartError('timed-out', `${api.name} was not answered`));
      else resolve(decodeResponse(api, version, Buffer.concat(outcome.frame)).body);
    });
  });
}
