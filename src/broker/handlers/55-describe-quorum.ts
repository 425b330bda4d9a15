import { DescribeQuorum } from '../../protocol/api/55-describe-quorum.ts';
import { forwardedHandler } from './forward.ts';

const WITH_NODES = 2;

/**
 * DescribeQuorum (KIP-595): the controller and how far the other nodes follow its log.
 *
 * v1     times of the last fetch (KIP-836)
 * v2     directory ids, and the voters' endpoints (KIP-853)
 */
export const describeQuorumHandler = forwardedHandler<typeof DescribeQuorum>({
  api: DescribeQuorum,
  versions: '0-2',
  unanswered: (_request, error) => ({ errorCode: error.errorCode }),
  complete: ({ nodes, ...response }, _request, { apiVersion }) =>
    apiVersion < WITH_NODES || nodes === undefined ? response : { ...response, nodes },
});
