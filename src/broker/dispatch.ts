import { ApiVersions } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import { encodeResponse, type RequestHeader, readRequestBody, readRequestHeader } from '../protocol/frame.ts';
import {
  type Api,
  includes,
  ProtocolError,
  Reader,
  type RequestOf,
  type ResponseInput,
} from '../protocol/schema/index.ts';
import { errorResponse } from './fault/error-response.ts';
import type { RequestFaults } from './fault/requests.ts';
import { CLOSE_CONNECTION, type Handler, NO_RESPONSE, type RequestContext } from './handler.ts';
import type { HandlerTable } from './handlers/index.ts';
import type { Node } from './node.ts';

/** Where a request came from. */
export interface Peer {
  readonly connectionId: number;
  /** As Kafka prints it: `/127.0.0.1`. */
  readonly clientHost: string;
}

interface ReadRequest {
  readonly header: RequestHeader;
  readonly handler: Handler;
  readonly body: RequestOf<Api>;
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
  readonly #faults: RequestFaults | null;

  constructor(node: Node, table: HandlerTable, faults: RequestFaults | null = null) {
    this.#node = node;
    this.#table = table;
    this.#faults = faults;
  }

  /** Answers exactly once, at once or later. Never throws for what a client can send. */
  dispatch(frame: Buffer, peer: Peer, done: (outcome: Outcome) => void): void {
    const request = this.#read(frame, peer, done);
    if (request === null) return;
    const { header, handler } = request;
    const plan = this.#faults?.plan(handler.api.name, header.clientId) ?? null;
    if (plan === null) {
      this.#serve(request, peer, done);
      return;
    }
    const deliver = (outcome: Outcome): void => plan.deliver(outcome, done);
    if (plan.errorCode !== null) {
      deliver(this.#fail(request, plan.errorCode));
      return;
    }
    this.#serve(request, peer, deliver);
    if (plan.twice) this.#serve(request, peer, () => undefined);
  }

  #serve({ header, handler, body }: ReadRequest, peer: Peer, done: (outcome: Outcome) => void): void {
    const context: RequestContext = {
      node: this.#node,
      apiVersion: header.apiVersion,
      clientId: header.clientId,
      clientHost: peer.clientHost,
      connectionId: peer.connectionId,
    };
    let answered = false;
    handler.handle(body, context, (response) => {
      if (answered) throw new Error(`${handler.api.name} answered twice`);
      answered = true;
      if (response === NO_RESPONSE) done('nothing');
      else if (response === CLOSE_CONNECTION) done('close');
      else done(this.#encode(handler, header, response));
    });
  }

  /** The answer to a request that is not carried out. A producer that wants none (acks=0) is told by a closed connection. */
  #fail({ header, handler, body }: ReadRequest, errorCode: number): Outcome {
    if (body['acks'] === 0) return 'close';
    return this.#encode(handler, header, errorResponse(handler.api, header.apiVersion, body, errorCode));
  }

  /** Null where the request has been answered already: it cannot be read or served. */
  #read(frame: Buffer, peer: Peer, done: (outcome: Outcome) => void): ReadRequest | null {
    try {
      const reader = new Reader(frame);
      const header = readRequestHeader(reader);
      const served = this.#table.get(header.apiKey);
      if (served !== undefined && includes(served.versions, header.apiVersion)) {
        const { handler } = served;
        return { header, handler, body: readRequestBody(handler.api, header.apiVersion, reader) };
      }
      if (header.apiKey === ApiVersions.key) {
        done({ frame: unsupportedApiVersions(header, served?.versions.max) });
        return null;
      }
      const { apiKey, apiVersion } = header;
      this.#refuse(peer, `API ${apiKey} is not served in version ${apiVersion}`);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#refuse(peer, error.message);
    }
    done('close');
    return null;
  }

  /** A handler that says what a version cannot express is a defect of ours: the client sees a closed connection. */
  #encode(handler: Handler, header: RequestHeader, response: ResponseInput<Api>): Outcome {
    const { apiVersion, correlationId } = header;
    try {
      return { frame: encodeResponse(handler.api, apiVersion, correlationId, response) };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#node.log('error', 'closing a connection: the answer cannot be written', {
        api: handler.api.name,
        apiVersion,
        reason: error.message,
      });
      return 'close';
    }
  }

  #refuse(peer: Peer, reason: string): void {
    this.#node.log('warn', 'closing a connection: its request cannot be served', { client: peer.clientHost, reason });
  }
}

/** The answer in version 0, which says the highest version that would have been understood. */
function unsupportedApiVersions(header: RequestHeader, max = 0): Buffer[] {
  return encodeResponse(ApiVersions, 0, header.correlationId, {
    errorCode: ErrorCode.UNSUPPORTED_VERSION,
    apiKeys: [{ apiKey: ApiVersions.key, minVersion: 0, maxVersion: max }],
  });
}
