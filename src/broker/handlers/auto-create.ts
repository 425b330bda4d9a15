import { CreateTopics } from '../../protocol/api/19-create-topics.ts';
import { OFFSETS_TOPIC, TRANSACTION_STATE_TOPIC } from '../../protocol/internal-topics.ts';
import type { RequestContext } from '../handler.ts';
import type { NodeConfig } from '../node.ts';
import { forwardToController } from './forward.ts';

const CREATE_VERSION = 7;

interface TopicShape {
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly configs: readonly { readonly name: string; readonly value: string }[];
}

/** How the topics that the broker keeps for itself are made; all others take the broker's defaults. */
function shapeOf(name: string, config: NodeConfig): TopicShape {
  const compacted = (prefix: string): TopicShape => ({
    numPartitions: config.number(`${prefix}.num.partitions`),
    replicationFactor: config.number(`${prefix}.replication.factor`),
    configs: [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'segment.bytes', value: config.string(`${prefix}.segment.bytes`) },
    ],
  });
  switch (name) {
    case OFFSETS_TOPIC:
      return compacted('offsets.topic');
    case TRANSACTION_STATE_TOPIC:
      return compacted('transaction.state.log');
    default:
      return { numPartitions: -1, replicationFactor: -1, configs: [] };
  }
}

/** Creates topics that a client asked for by name; `done` gets the error code of each, once they can be seen here. */
export function autoCreate(
  names: readonly string[],
  context: RequestContext,
  done: (errors: ReadonlyMap<string, number>) => void,
): void {
  const request = {
    topics: names.map((name) => ({ name, assignments: [], ...shapeOf(name, context.node.config) })),
    timeoutMs: context.node.config.number('request.timeout.ms'),
    validateOnly: false,
  };
  const unversioned = { node: context.node, apiVersion: CREATE_VERSION };
  forwardToController<typeof CreateTopics>(CreateTopics, request, unversioned, (outcome) => {
    if ('error' in outcome) done(new Map(names.map((name) => [name, outcome.error.errorCode])));
    else done(new Map((outcome.response.topics ?? []).map((topic) => [topic.name ?? '', topic.errorCode ?? 0])));
  });
}
