import { ErrorCode } from '../../protocol/errors.ts';
import type { Api, RequestOf, ResponseInput } from '../../protocol/schema/index.ts';
import { type Handler, handler, type RequestContext } from '../handler.ts';
import { isAnswer } from '../network.ts';

/** One error for everything that a request asked for, when the controller gave no answer. */
export interface Unanswered {
  readonly errorCode: number;
  readonly errorMessage: string;
}

/** A request that the controller decides on, whichever node it was sent to: KRaft brokers forward it (KIP-590). */
export function forwardedHandler<A extends Api>(definition: {
  readonly api: A;
  readonly versions: string;
  /** The answer when the controller could not be reached, or said nothing in time. */
  readonly unanswered: (request: RequestOf<A>, error: Unanswered) => ResponseInput<A>;
  /** Adds what only the answering node knows. */
  readonly complete?: (response: ResponseInput<A>, request: RequestOf<A>, context: RequestContext) => ResponseInput<A>;
}): Handler {
  const { api, versions } = definition;
  return handler<A>({
    api,
    versions,
    handle(request, context, reply) {
      forwardToController(api, request, context, (outcome) => {
        if ('error' in outcome) reply(definition.unanswered(request, outcome.error));
        else reply(definition.complete?.(outcome.response, request, context) ?? outcome.response);
      });
    },
  });
}

/** Sends a request to the controller; the answer comes when this node has replayed what came of it. */
export function forwardToController<A extends Api>(
  api: A,
  request: unknown,
  context: Pick<RequestContext, 'node' | 'apiVersion'>,
  done: (outcome: { readonly response: ResponseInput<A> } | { readonly error: Unanswered }) => void,
): void {
  context.node.callController(
    'forward',
    { apiKey: api.key, apiVersion: context.apiVersion, body: request },
    (answer) => {
      if (isAnswer(answer)) {
        // The controller answered with a response of the API that the request was of.
        done({ response: answer.body as ResponseInput<A> });
        return;
      }
      done({
        error: {
          errorCode: ErrorCode.REQUEST_TIMED_OUT,
          errorMessage: `The controller did not answer (${answer.noAnswer}).`,
        },
      });
    },
  );
}
