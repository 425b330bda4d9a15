/** The parts of kafkajs 2.2.4 that it does not export: only what kafkajs-channel.ts and mend-kafkajs.ts use of them. */

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    readonly pending: readonly unknown[];
    throttledUntil: number;
    scheduleCheckPendingRequests(): void;
    rejectAll(error: Error): void;
    destroy(): void;
  }
}

declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net';
  import type RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

  export interface Logger {
    namespace(): Logger;
    debug(): void;
    info(): void;
    warn(): void;
    error(): void;
  }

  export default class Connection {
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
    readonly requestQueue: RequestQueue;
    processData(chunk: Buffer): void;
    isConnected(): boolean;
    connect(): Promise<unknown>;
    /** By API key: how its SASL requests choose their versions. */
    setVersions(versions: Record<number, { minVersion: number; maxVersion: number }>): void;
    /** Whether SASL is spoken in SaslAuthenticate requests, or in bare frames (before Kafka 1.0). */
    setSupportAuthenticationProtocol(supported: boolean): void;
    /** Does nothing where no `sasl` was given. */
    authenticate(): Promise<void>;
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
}

declare module 'kafkajs/src/consumer/runner.js' {
  import type { Logger } from 'kafkajs/src/network/connection.js';

  export default class Runner {
    constructor(options: {
      logger: Logger;
      consumerGroup: {
        connect(): Promise<void>;
        joinAndSync(): Promise<void>;
        heartbeat(): Promise<void>;
        leave(): Promise<void>;
        getNodeIds(): number[];
        fetch(nodeId: number): Promise<unknown[]>;
      };
      instrumentationEmitter: { emit(): void };
      concurrency: number;
      eachMessage(): Promise<void>;
      onCrash(error: Error): void;
    });
    readonly running: boolean;
    start(): Promise<void>;
    stop(): Promise<void>;
    fetch(nodeId: number): Promise<unknown[]>;
  }
}
