/*
 * InitProducerId (key 22)
 *
 * 0  producer ids for idempotence and transactions (KIP-98)
 * 2  flexible
 * 3  the producer's old id and epoch, to recover from an error (KIP-360)
 * 4  PRODUCER_FENCED may be answered (KIP-588)
 * 5  TRANSACTION_ABORTABLE may be answered (KIP-890)
 */
import { InitProducerId } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { ResponseInput } from '../../protocol/schema/index.ts';
import { type Handler, handler } from '../handler.ts';
import { isAnswer } from '../network.ts';
import type { Node } from '../node.ts';

type Response = ResponseInput<typeof InitProducerId>;

const NO_PRODUCER = { producerId: -1, producerEpoch: -1 };

/** Producer ids, from blocks that the controller gives out, so that no two nodes give the same one. */
export class ProducerIds {
  readonly #node: Node;
  #next = 0;
  #end = 0;
  #waiting: ((id: number | null) => void)[] = [];

  constructor(node: Node) {
    this.#node = node;
  }

  /** Null when the controller cannot be asked now. */
  take(done: (id: number | null) => void): void {
    if (this.#next < this.#end) {
      done(this.#next++);
      return;
    }
    this.#waiting.push(done);
    if (this.#waiting.length > 1) return;
    const node = this.#node;
    const brokerEpoch = node.image().brokers.get(node.id)?.epoch ?? -1;
    node.callController('allocateProducerIds', { brokerId: node.id, brokerEpoch }, (response) => {
      const waiting = this.#waiting;
      this.#waiting = [];
      if (isAnswer(response) && response.errorCode === ErrorCode.NONE) {
        this.#next = response.first;
        this.#end = response.first + response.count;
      }
      for (const next of waiting) next(this.#next < this.#end ? this.#next++ : null);
    });
  }

  handler(): Handler {
    return handler({
      api: InitProducerId,
      versions: '0-5',
      handle: (request, _context, reply) => {
        if (request.transactionalId !== null) {
          reply(refuseTransactions(request.transactionalId));
          return;
        }
        // An idempotent producer that has lost its place asks for a new id; an old one only says what it was.
        this.take((id) =>
          reply(
            id === null
              ? { errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ...NO_PRODUCER }
              : { errorCode: ErrorCode.NONE, producerId: id, producerEpoch: 0 },
          ),
        );
      },
    });
  }
}

/**
 * There are no transactions here yet. Clients retry COORDINATOR_NOT_AVAILABLE until their time is up and then speak
 * of a time-out; this error is fatal to all of them at once, and they print its name with the transactional id.
 */
function refuseTransactions(transactionalId: string): Response {
  const errorCode =
    transactionalId === '' ? ErrorCode.INVALID_REQUEST : ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
  return { errorCode, ...NO_PRODUCER };
}
