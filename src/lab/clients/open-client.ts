import { parseAddresses } from '../../client/address.ts';
import { ClusterClient } from '../../client/cluster-client.ts';
import { openKafkajsChannel } from '../../client/kafkajs-channel.ts';

const TIMEOUT_MS = 5_000;

/** A client of kmedic's own, for what kafkajs has no call for. */
export function openClient({ brokers, clientId }: { brokers: readonly string[]; clientId: string }): ClusterClient {
  return new ClusterClient(
    {
      bootstrap: parseAddresses(brokers.join(',')),
      clientId,
      connectTimeoutMs: TIMEOUT_MS,
      requestTimeoutMs: TIMEOUT_MS,
      tls: null,
      sasl: null,
    },
    openKafkajsChannel,
  );
}
