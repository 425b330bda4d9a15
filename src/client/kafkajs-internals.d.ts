/** The parts of kafkajs 2.2.4 that it does not export: only what kafkajs-channel.ts uses of them. */

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    readonly pending: readonly unknown[];
    throttledUntil: number;
    scheduleCheckPendingRequests(): void;
    rejectAll(error: Error): void;
    destroy(): void;
  }
}

declare module 'kafkajs/src/network/connectionPool.js' {
  import type { Socket } from 'node:net';
  import type RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

  export interface Logger {
    namespace(): Logger;
    debug(): void;
    info(): void;
    warn(): void;
    error(): void;
  }

  export interface Connection {
    readonly requestQueue: RequestQueue;
    processData(chunk: Buffer): void;
    isConnected(): boolean;
    send<T>(call: {
      request: {
        apiKey: number;
        apiVersion: number;
        apiName: string;
        encode(): Promise<{ buf: Buffer; buffer: Buffer; size(): number }>;
      };
      response: {
        decode(payload: Buffer): Promise<{ payload: Buffer }>;
        parse(decoded: { payload: Buffer }): Promise<T>;
      };
      logResponseError: boolean;
    }): Promise<T>;
  }

  export default class ConnectionPool {
    constructor(options: {
      host: string;
      port: number;
      ssl: object | null;
      sasl: object | null;
      clientId: string;
      connectionTimeout: number;
      requestTimeout: number;
      enforceRequestTimeout: boolean;
      maxInFlightRequests: null;
      socketFactory(target: { host: string; port: number; ssl: object | null; onConnect(): void }): Socket;
      logger: Logger;
    });
    readonly pool: readonly Connection[];
    getConnection(index: number): Promise<Connection>;
  }
}

declare module 'kafkajs/src/broker/index.js' {
  import type ConnectionPool from 'kafkajs/src/network/connectionPool.js';
  import type { Logger } from 'kafkajs/src/network/connectionPool.js';

  export default class Broker {
    constructor(options: { connectionPool: ConnectionPool; logger: Logger });
    readonly versions: Record<string, { minVersion: number; maxVersion: number }> | null;
    connect(): Promise<void>;
  }
}
