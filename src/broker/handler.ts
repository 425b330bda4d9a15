import type { Api, RequestOf, ResponseInput } from '../protocol/schema/index.ts';
import type { Node } from './node.ts';

/** What a handler knows of the request beside its body. */
export interface RequestContext {
  readonly node: Node;
  readonly apiVersion: number;
  readonly clientId: string | null;
  /** The client's address as Kafka prints it in group metadata: `/127.0.0.1`. */
  readonly clientHost: string;
  /** Identity of the connection: fetch sessions and idle members are tied to it. */
  readonly connectionId: number;
}

/** acks=0: the client expects no answer at all. */
export const NO_RESPONSE = Symbol('no response');
/** The request cannot be answered in a way the client would understand: Kafka closes the connection, and so do we. */
export const CLOSE_CONNECTION = Symbol('close connection');

/** Answers a request, now or later, exactly once. */
export type Reply<A extends Api> = (response: ResponseInput<A> | typeof NO_RESPONSE | typeof CLOSE_CONNECTION) => void;

/**
 * One API key served in a range of versions. ApiVersions answers with exactly what is registered, so that it can never
 * promise what no handler serves.
 */
export interface Handler<A extends Api = Api> {
  readonly api: A;
  readonly versions: string;
  handle(request: RequestOf<A>, context: RequestContext, reply: Reply<A>): void;
}

export function handler<A extends Api>(definition: Handler<A>): Handler {
  // The table of handlers is keyed at run time; each entry is only ever given the requests of its own API.
  return definition as unknown as Handler;
}

/**
 * A part of a node that answers requests and keeps state of its own (the data plane, the group coordinator). One is made
 * for each incarnation of a node, before its first image; it learns of the cluster through `node.onImage`.
 */
export interface NodeService {
  readonly handlers: readonly Handler[];
  /** A client's connection is gone: whatever waits for it need not be answered. */
  disconnected?(connectionId: number): void;
  /** The node stops, cleanly or not. Timers are cancelled by the node itself. */
  stop?(): void;
}
