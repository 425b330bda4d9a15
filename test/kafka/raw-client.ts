import { connect, type Socket } from 'node:net';
import { decodeResponse, encodeRequest } from '../../src/protocol/frame.ts';
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/schema/index.ts';

/** One connection that sends requests of chosen versions, and nothing of its own. */
export class RawClient {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #correlationId = 0;
  readonly #waiting: { readonly take: (frame: Buffer) => void; readonly fail: (error: Error) => void }[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('close', () => {
      for (const { fail } of this.#waiting.splice(0)) fail(new Error('the broker closed the connection'));
    });
  }

  static async open(address: string): Promise<RawClient> {
    const [host = '', port = ''] = address.split(':');
    const socket = connect(Number(port), host);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RawClient(socket);
  }

  async ask<A extends Api>(api: A, version: number, body: RequestInput<A>, clientId = 'app'): Promise<ResponseOf<A>> {
    const frame = Buffer.concat(encodeRequest(api, version, { correlationId: this.#correlationId++, clientId }, body));
    const length = Buffer.alloc(4);
    length.writeInt32BE(frame.length);
    this.#socket.write(Buffer.concat([length, frame]));
    const answer = await new Promise<Buffer>((take, fail) => this.#waiting.push({ take, fail }));
    return decodeResponse(api, version, answer).body;
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readInt32BE(0);
      if (this.#received.length < end) return;
      const frame = this.#received.subarray(4, end);
      this.#received = this.#received.subarray(end);
      this.#waiting.shift()?.take(frame);
    }
  }
}
