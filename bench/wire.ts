import { connect, type Socket } from 'node:net';
import { decodeResponse, encodeRequest } from '../src/protocol/frame.ts';
import type { Api, RequestInput, ResponseOf } from '../src/protocol/schema/index.ts';

/** A bare connection for setting up measurements: requests one after the other, no versions asked, no retries. */
export interface Wire {
  call<A extends Api>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>>;
  close(): void;
}

export async function openWire(host: string, port: number): Promise<Wire> {
  const socket: Socket = connect({ host, port, noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const waiting: { resolve: (frame: Buffer) => void; reject: (error: Error) => void }[] = [];
  let pending: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 4) {
      const end = 4 + pending.readInt32BE(0);
      if (pending.length < end) break;
      waiting.shift()?.resolve(pending.subarray(4, end));
      pending = pending.subarray(end);
    }
  });
  const fail = (error?: Error): void => {
    for (const { reject } of waiting.splice(0)) reject(error ?? new Error('connection closed'));
  };
  socket.on('error', fail).on('close', () => fail());
  let correlationId = 0;
  return {
    async call(api, version, body) {
      const frame = Buffer.concat(
        encodeRequest(api, version, { correlationId: correlationId++, clientId: 'bench' }, body),
      );
      const size = Buffer.alloc(4);
      size.writeInt32BE(frame.length);
      const answer = new Promise<Buffer>((resolve, reject) => waiting.push({ resolve, reject }));
      socket.write(Buffer.concat([size, frame]));
      return decodeResponse(api, version, await answer).body;
    },
    close: () => socket.destroy(),
  };
}
