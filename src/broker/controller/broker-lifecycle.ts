import { ErrorCode } from '../../protocol/errors.ts';
import type { Log, Random, Scheduler, Timer } from '../env.ts';
import type { MetadataImage } from '../image.ts';
import { type CallController, type CallResponse, isAnswer, type NoAnswer } from '../network.ts';
import type { NodeConfig } from '../node.ts';

const RETRY_MS = 50;
/** A controlled shutdown that gets no answer for so long is given up: the broker stops as it is. */
const SHUTDOWN_PATIENCE_MS = 3000;

/** Where a node can be reached, and how its last incarnation ended. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
  /** Epoch of the incarnation that ended with a clean shutdown, -1 where the last one did not. */
  readonly previousBrokerEpoch: number;
}

export interface LifecycleOptions {
  readonly nodeId: number;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly config: NodeConfig;
  readonly image: () => MetadataImage;
  readonly callController: CallController;
}

/** A broker's standing with the controller: it registers, keeps its session by heartbeats, and leaves in order. */
export class BrokerLifecycle {
  /** Under which this process registers, however often it has to. */
  readonly incarnationId: string;
  readonly #options: LifecycleOptions;
  #endpoint: Endpoint | undefined;
  #epoch = -1;
  #timer: Timer | undefined;
  #inFlight = false;
  #stopped = false;
  /** Set once the broker is to go: called when it may. */
  #leaving: ((brokerEpoch: number) => void) | undefined;
  #lastAnswerMs = 0;
  #logDirOffline = false;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    this.incarnationId = options.random.uuid();
  }

  start(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    this.#register(endpoint);
  }

  /** Whether a broker epoch is that of this incarnation. */
  isRegistered(brokerEpoch: number): boolean {
    return this.#epoch >= 0 && this.#epoch === brokerEpoch;
  }

  /** A new image was replayed: a broker that waits to be unfenced tells how far it is at once. */
  imageChanged(): void {
    const own = this.#options.image().brokers.get(this.#options.nodeId);
    if (own?.epoch === this.#epoch && own.fenced && this.#leaving === undefined) this.#heartbeat();
  }

  /** The log directory has failed: the controller is told at once, and with every heartbeat. */
  logDirFailed(): void {
    this.#logDirOffline = true;
    this.#heartbeat();
  }

  leave(done: (brokerEpoch: number) => void): void {
    if (this.#epoch < 0) {
      done(-1);
      return;
    }
    this.#leaving = done;
    this.#lastAnswerMs = this.#options.scheduler.now();
    this.#heartbeat();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #register(endpoint: Endpoint): void {
    const { nodeId } = this.#options;
    const request = { brokerId: nodeId, incarnationId: this.incarnationId, ...endpoint };
    this.#options.callController('registerBroker', request, (response) => {
      if (this.#stopped) return;
      if (!isAnswer(response) || response.errorCode !== ErrorCode.NONE) {
        this.#schedule(RETRY_MS, () => this.#register(endpoint));
        return;
      }
      this.#epoch = response.brokerEpoch;
      this.#heartbeat();
    });
  }

  #schedule(delayMs: number, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#options.scheduler.after(delayMs, run);
  }

  #heartbeat(): void {
    if (this.#inFlight || this.#stopped || this.#epoch < 0) return;
    this.#inFlight = true;
    const metadataOffset = this.#options.image().offset;
    const request = {
      brokerId: this.#options.nodeId,
      brokerEpoch: this.#epoch,
      metadataOffset,
      wantShutdown: this.#leaving !== undefined,
      logDirOffline: this.#logDirOffline,
    };
    this.#options.callController('heartbeat', request, (response) => {
      this.#inFlight = false;
      if (this.#stopped) return;
      const isFenced = isAnswer(response) && response.errorCode === ErrorCode.NONE && response.fenced;
      // More was replayed while the heartbeat was on its way: that may be what the controller waits for.
      if (isFenced && this.#leaving === undefined && this.#options.image().offset > metadataOffset) this.#heartbeat();
      else this.#answered(response);
    });
  }

  #answered(response: CallResponse<'heartbeat'> | NoAnswer): void {
    const { scheduler, config, log } = this.#options;
    const answered = isAnswer(response) && response.errorCode === ErrorCode.NONE;
    if (answered) this.#lastAnswerMs = scheduler.now();
    if (this.#leaving !== undefined) {
      const mayGo = answered && response.shouldShutdown;
      if (mayGo || scheduler.now() - this.#lastAnswerMs >= SHUTDOWN_PATIENCE_MS) this.#left();
      else this.#schedule(RETRY_MS, () => this.#heartbeat());
      return;
    }
    if (isAnswer(response) && response.errorCode !== ErrorCode.NONE && this.#endpoint !== undefined) {
      log('warn', 'the controller does not know this broker any more: registering again', {
        error: response.errorCode,
      });
      const previousBrokerEpoch = this.#epoch;
      this.#epoch = -1;
      this.#register({ ...this.#endpoint, previousBrokerEpoch });
      return;
    }
    const interval = config.number('broker.heartbeat.interval.ms');
    this.#schedule(isAnswer(response) ? interval : RETRY_MS, () => this.#heartbeat());
  }

  #left(): void {
    const done = this.#leaving;
    const epoch = this.#epoch;
    this.stop();
    done?.(epoch);
  }
}
