import type { Fields } from './field.ts';
import type { Input, Message, Value } from './message.ts';
import { includes } from './versions.ts';

/** One API key: its request and its response. */
export interface Api<Q extends Fields = Fields, R extends Fields = Fields> {
  readonly key: number;
  /** Kafka's own name of the API, as in `ApiKeys`: `OffsetFetch`. */
  readonly name: string;
  readonly request: Message<Q>;
  readonly response: Message<R>;
}

export type RequestOf<A> = A extends Api<infer Q, infer _> ? Value<Message<Q>> : never;
export type RequestInput<A> = A extends Api<infer Q, infer _> ? Input<Message<Q>> : never;
export type ResponseOf<A> = A extends Api<infer _, infer R> ? Value<Message<R>> : never;
export type ResponseInput<A> = A extends Api<infer _, infer R> ? Input<Message<R>> : never;

export function api<Q extends Fields, R extends Fields>(definition: Api<Q, R>): Api<Q, R> {
  return definition;
}

const API_VERSIONS = 18;

/** Request headers: v1 has a client id, v2 (flexible requests) tagged fields after it. */
export function requestHeaderVersion(api: Api, version: number): 1 | 2 {
  return includes(api.request.flexible, version) ? 2 : 1;
}

/** Response headers: v0 is the correlation id, v1 adds tags. ApiVersions stays at v0, so that any client can read it (KIP-511). */
export function responseHeaderVersion(api: Api, version: number): 0 | 1 {
  return api.key !== API_VERSIONS && includes(api.response.flexible, version) ? 1 : 0;
}
