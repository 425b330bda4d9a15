import type { NodeService } from '../handler.ts';
import type { Node } from '../node.ts';
import type { ReplicaManager } from '../replica/manager.ts';
import { produceHandler } from './00-produce.ts';
import { FetchService } from './01-fetch.ts';
import { listOffsetsHandler } from './02-list-offsets.ts';
import { apiVersionsHandler } from './18-api-versions.ts';
import { deleteRecordsHandler } from './21-delete-records.ts';
import { ProducerIds } from './22-init-producer-id.ts';
import { offsetForLeaderEpochHandler } from './23-offset-for-leader-epoch.ts';
import { writeTxnMarkersHandler } from './27-write-txn-markers.ts';
import { describeProducersHandler } from './61-describe-producers.ts';
import { describeTransactionsHandler } from './65-describe-transactions.ts';
import { listTransactionsHandler } from './66-list-transactions.ts';
import { FetchSessions } from './fetch-session.ts';
import type { HandlerTable } from './index.ts';

/** The data plane of a node: everything that reads and writes partitions. `table` is asked once all handlers exist. */
export function createDataService(node: Node, replicas: ReplicaManager, table: () => HandlerTable): NodeService {
  const sessions = new FetchSessions(node.random, () =>
    node.config.number('max.incremental.fetch.session.cache.slots'),
  );
  const fetch = new FetchService(replicas, sessions);
  return {
    handlers: [
      produceHandler(),
      fetch.handler(),
      listOffsetsHandler(replicas),
      apiVersionsHandler(table),
      deleteRecordsHandler(replicas),
      new ProducerIds(node).handler(),
      offsetForLeaderEpochHandler(replicas),
      writeTxnMarkersHandler(),
      describeProducersHandler(replicas),
      describeTransactionsHandler,
      listTransactionsHandler,
    ],
    disconnected: (connectionId) => fetch.disconnected(connectionId),
  };
}
