import { createNodeConfig, effectiveTopicConfig } from '../../../src/broker/config/index.ts';
import { ADMIN_OPERATIONS, type AdminContext } from '../../../src/broker/controller/admin.ts';
import type { MetadataImage, PartitionImage } from '../../../src/broker/image.ts';
import { type PendingRecord, pending } from '../../../src/broker/metadata/record.ts';
import { emptyImage, replay } from '../../../src/broker/metadata/replay.ts';
import { decodeMessage, encodeMessage } from '../../../src/protocol/schema/index.ts';
import { seededRandom } from '../virtual.ts';

/** A partition on brokers 1, 2 and 3, all in sync, led by the first. */
export function partition(fields: Partial<PartitionImage> = {}): PartitionImage {
  return {
    partition: 0,
    replicas: [1, 2, 3],
    isr: [1, 2, 3],
    elr: [],
    lastKnownElr: [],
    addingReplicas: [],
    removingReplicas: [],
    leader: 1,
    leaderEpoch: 5,
    partitionEpoch: 9,
    leaderRecoveryState: 0,
    ...fields,
  };
}

/** A controller's decisions without a controller: an image that changes by the records which decisions give. */
export class Scene {
  image: MetadataImage = emptyImage('kVVrqHq9R9Wz0d3bY2ZtkA');
  readonly random = seededRandom(11);
  readonly config;

  constructor(brokers = 3, statics: Record<string, string> = {}, elr = 1) {
    this.config = createNodeConfig({
      nodeId: 1,
      nodes: brokers,
      statics: new Map(Object.entries(statics)),
      image: () => this.image,
    });
    this.apply([pending('FeatureLevelRecord', { name: 'eligible.leader.replicas.version', featureLevel: elr })]);
    for (let id = 1; id <= brokers; id++) {
      this.apply([
        pending('RegisterBrokerRecord', {
          brokerId: id,
          brokerEpoch: 100 + id,
          endPoints: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9091 + id, securityProtocol: 0 }],
          fenced: false,
        }),
      ]);
    }
  }

  get view(): AdminContext {
    const image = this.image;
    return {
      image,
      random: this.random,
      config: this.config,
      quorum: { nodeId: 1, nodeIds: [1, 2, 3], epoch: 1, endOffset: image.offset, nowMs: 0, followers: new Map() },
      minInsyncReplicas: (topic) => effectiveTopicConfig(image, topic, this.config).minInsyncReplicas,
      unclean: (topic) => effectiveTopicConfig(image, topic, this.config).uncleanLeaderElection,
    };
  }

  apply(records: readonly PendingRecord[]): void {
    this.image = replay(
      this.image,
      records.map((entry) => entry.record),
    ).image;
  }

  /** Decides on an admin request given in a version of its API, makes it true, and answers as a client would read it. */
  admin(apiKey: number, version: number, body: unknown): Record<string, unknown> {
    const operation = ADMIN_OPERATIONS.get(apiKey);
    if (operation === undefined) throw new Error(`no operation ${apiKey}`);
    const wire = encodeMessage(operation.api.request, version, body as never);
    const request = decodeMessage(operation.api.request, version, wire);
    const { response, records } = operation.decide(this.view, request as never);
    this.apply(records);
    const answer = encodeMessage(operation.api.response, version, response as never);
    return decodeMessage(operation.api.response, version, answer) as Record<string, unknown>;
  }
}
