import { ApiVersions } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import { encodeResponse, type RequestHeader, readRequestBody, readRequestHeader } from '../protocol/frame.ts';
import { includes, ProtocolError, Reader } from '../protocol/schema/index.ts';
import { CLOSE_CONNECTION, NO_RESPONSE, type RequestContext } from './handler.ts';
import type { HandlerTable } from './handlers/index.ts';
import type { Node } from './node.ts';

/** Where a request came from. */
export interface Peer {
  readonly connectionId: number;
  /** As Kafka prints it: `/127.0.0.1`. */
  readonly clientHost: string;
}

/** What goes back: a frame in parts (without its length), nothing at all (acks=0), or a closed connection. */
export type Outcome = { readonly frame: readonly Buffer[] } | 'nothing' | 'close';

/**
 * Takes request frames apart, gives them to their handlers, and puts the answers together. What cannot be answered in
 * a way that the client understands (an unknown key or version, bytes that are no request) closes the connection, as
 * Kafka does; the one exception is ApiVersions, which any client must be able to read (KIP-511).
 */
export class Dispatcher {
  readonly #node: Node;
  readonly #table: HandlerTable;

  constructor(node: Node, table: HandlerTable) {
    this.#node = node;
    this.#table = table;
  }

  /** Answers exactly once, at once or later. Never throws for what a client can send. */
  dispatch(frame: Buffer, peer: Peer, done: (outcome: Outcome) => void): void {
    try {
      this.#dispatch(frame, peer, done);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#node.log('warn', 'closing a connection: its request cannot be read', {
        client: peer.clientHost,
        reason: error.message,
      });
      done('close');
    }
  }

  #dispatch(frame: Buffer, peer: Peer, done: (outcome: Outcome) => void): void {
    const reader = new Reader(frame);
    const header = readRequestHeader(reader);
    const served = this.#table.get(header.apiKey);
    if (served === undefined || !includes(served.versions, header.apiVersion)) {
      if (header.apiKey === ApiVersions.key) {
        done({ frame: unsupportedApiVersions(header, served?.versions.max) });
        return;
      }
      this.#node.log('warn', 'closing a connection: it asks for an API or version that is not served', {
        client: peer.clientHost,
        apiKey: header.apiKey,
        apiVersion: header.apiVersion,
      });
      done('close');
      return;
    }
    const { handler } = served;
    const context: RequestContext = {
      node: this.#node,
      apiVersion: header.apiVersion,
      clientId: header.clientId,
      clientHost: peer.clientHost,
      connectionId: peer.connectionId,
    };
    const request = readRequestBody(handler.api, header.apiVersion, reader);
    let answered = false;
    handler.handle(request, context, (response) => {
      if (answered) throw new Error(`${handler.api.name} answered twice`);
      answered = true;
      if (response === NO_RESPONSE) done('nothing');
      else if (response === CLOSE_CONNECTION) done('close');
      else done({ frame: encodeResponse(handler.api, header.apiVersion, header.correlationId, response) });
    });
  }
}

/** The answer in version 0, which says the highest version that would have been understood. */
function unsupportedApiVersions(header: RequestHeader, max = 0): Buffer[] {
  return encodeResponse(ApiVersions, 0, header.correlationId, {
    errorCode: ErrorCode.UNSUPPORTED_VERSION,
    apiKeys: [{ apiKey: ApiVersions.key, minVersion: 0, maxVersion: max }],
  });
}
