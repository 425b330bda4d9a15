import type { ConnectionOptions } from 'node:tls';
import type { VersionRange } from '../protocol/schema/index.ts';
import type { Address } from './address.ts';

/** One authenticated connection to one broker. Requests are pipelined; answers come back in order. */
export interface Channel {
  /** What the broker said that it speaks (ApiVersions), by API key. */
  readonly versions: ReadonlyMap<number, VersionRange>;
  /** False once the connection is lost, has timed out or was closed; it does not come back. */
  readonly open: boolean;
  /**
   * Sends one request and resolves to the answer behind the correlation id. `body` is what follows the client id: in
   * flexible versions it begins with the header's tagged fields, and so does the answer. Rejects with a ClientError, of
   * name TIMED_OUT when the broker was silent for `timeoutMs`. That closes the channel, because answers are ordered:
   * what was sent later would not be answered either.
   */
  request(apiKey: number, apiVersion: number, body: Buffer, timeoutMs: number): Promise<Buffer>;
  /** Closes at once; whatever is in flight is rejected. Never fails. */
  close(): void;
}

export type TlsSettings = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized' | 'checkServerIdentity'
>;

export type SaslSettings =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
      readonly username: string;
      readonly password: string;
    }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: string };

/** How to reach and to authenticate to any broker of a cluster. */
export interface ConnectionSettings {
  readonly clientId: string;
  /** Bound on TCP, TLS, ApiVersions and SASL together. */
  readonly connectTimeoutMs: number;
  readonly tls: TlsSettings | null;
  readonly sasl: SaslSettings | null;
}

/** Opens a connection, or rejects with a ClientError within `connectTimeoutMs`. */
export type OpenChannel = (address: Address, settings: ConnectionSettings) => Promise<Channel>;
