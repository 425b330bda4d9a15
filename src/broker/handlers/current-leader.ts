import { ErrorCode } from '../../protocol/errors.ts';
import type { MetadataImage } from '../image.ts';

export interface CurrentLeader {
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

interface NodeEndpoint {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/**
 * KIP-951: where a client asked the wrong node, the answer says who leads, and how to reach it, so that it need not
 * look it up. One of these per response.
 */
export class LeaderHints {
  readonly #image: MetadataImage;
  readonly #leaders = new Set<number>();

  constructor(image: MetadataImage) {
    this.#image = image;
  }

  /** The hint for one partition's error; undefined where there is nothing to tell. */
  of(topic: string, partition: number, errorCode: number): CurrentLeader | undefined {
    if (errorCode !== ErrorCode.NOT_LEADER_OR_FOLLOWER && errorCode !== ErrorCode.FENCED_LEADER_EPOCH) return undefined;
    const image = this.#image.topics.get(topic)?.partitions[partition];
    if (image === undefined) return undefined;
    this.#leaders.add(image.leader);
    return { leaderId: image.leader, leaderEpoch: image.leaderEpoch };
  }

  /** The addresses of the leaders that were hinted at. */
  endpoints(): NodeEndpoint[] {
    const endpoints: NodeEndpoint[] = [];
    for (const id of this.#leaders) {
      const broker = this.#image.brokers.get(id);
      if (broker) endpoints.push({ nodeId: id, host: broker.host, port: broker.port, rack: broker.rack });
    }
    return endpoints;
  }
}
