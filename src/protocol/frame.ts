import {
  type Api,
  Reader,
  type RequestInput,
  type RequestOf,
  type ResponseInput,
  type ResponseOf,
  readMessage,
  requestHeaderVersion,
  responseHeaderVersion,
  Writer,
  writeMessage,
} from './schema/index.ts';
import { scalarCodec } from './schema/scalar.ts';

/**
 * Requests and responses as they travel, without the four length bytes in front. The header is the one place where
 * Kafka breaks its own rule: the client id stays a classic string in flexible requests, too.
 */
export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}

const NO_TAGS = 0;
const CLIENT_ID = scalarCodec('string', false, true);

/** Reads the fixed part of a request header, which is all that is needed to tell whether the request can be served. */
export function readRequestHeader(reader: Reader): RequestHeader {
  const apiKey = reader.int16();
  const apiVersion = reader.int16();
  const correlationId = reader.int32();
  const clientId = CLIENT_ID.read(reader);
  return { apiKey, apiVersion, correlationId, clientId };
}

/** Reads a request's body behind its header, tags of a flexible header included. Bytes left over are an error. */
export function readRequestBody<A extends Api>(api: A, version: number, reader: Reader): RequestOf<A> {
  if (requestHeaderVersion(api, version) === 2) skipTags(reader);
  const body = readMessage(api.request, version, reader) as RequestOf<A>;
  reader.finish();
  return body;
}

/** A whole request frame: header and body. */
export function encodeRequest<A extends Api>(
  api: A,
  version: number,
  header: { readonly correlationId: number; readonly clientId: string | null },
  body: RequestInput<A>,
): Buffer[] {
  const writer = new Writer();
  writer.int16(api.key);
  writer.int16(version);
  writer.int32(header.correlationId);
  CLIENT_ID.write(writer, header.clientId);
  writeRequestBody(api, version, writer, body);
  return writer.parts();
}

/** Writes what follows the client id of a request: the tags of a flexible header, none of them, and the body. */
export function writeRequestBody<A extends Api>(api: A, version: number, writer: Writer, body: RequestInput<A>): void {
  if (requestHeaderVersion(api, version) === 2) writer.uvarint(NO_TAGS);
  writeMessage(api.request, version, writer, body as never);
}

/** A whole response frame, as buffers that are sent one after the other: record data is not copied. */
export function encodeResponse<A extends Api>(
  api: A,
  version: number,
  correlationId: number,
  body: ResponseInput<A>,
): Buffer[] {
  const writer = new Writer();
  writer.int32(correlationId);
  if (responseHeaderVersion(api, version) === 1) writer.uvarint(NO_TAGS);
  writeMessage(api.response, version, writer, body as never);
  return writer.parts();
}

/** Reads a response frame. The caller matches the correlation id. */
export function decodeResponse<A extends Api>(
  api: A,
  version: number,
  frame: Buffer,
): { correlationId: number; body: ResponseOf<A> } {
  const reader = new Reader(frame);
  const correlationId = reader.int32();
  return { correlationId, body: readResponseBody(api, version, reader) };
}

/** Reads what follows the correlation id of a response: the tags of a flexible header, and the body. Bytes left over are an error. */
export function readResponseBody<A extends Api>(api: A, version: number, reader: Reader): ResponseOf<A> {
  if (responseHeaderVersion(api, version) === 1) skipTags(reader);
  const body = readMessage(api.response, version, reader) as ResponseOf<A>;
  reader.finish();
  return body;
}

function skipTags(reader: Reader): void {
  const count = reader.elements(reader.uvarint(), 2);
  for (let i = 0; i < count; i++) {
    reader.uvarint();
    reader.slice(reader.uvarint());
  }
}
