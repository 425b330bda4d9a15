import type { ClusterClient } from '../client/cluster-client.ts';
import { DescribeConfigs } from '../protocol/api/index.ts';
import { ConfigResourceType } from '../protocol/config-resource.ts';
import { ErrorCode, errorName } from '../protocol/errors.ts';
import { problem } from './problem.ts';
import type { Problem } from './snapshot.ts';

/** Settings of a topic as they are in force, wherever they were set; null where one could not be read. */
export interface TopicConfig {
  readonly minIsr: number | null;
  readonly uncleanElection: boolean | null;
  /** Which replicas are throttled (KIP-73); absent where none is. */
  readonly throttled?: { readonly leader: string; readonly follower: string };
}

const MIN_ISR = 'min.insync.replicas';
const UNCLEAN = 'unclean.leader.election.enable';
const THROTTLED_LEADERS = 'leader.replication.throttled.replicas';
const THROTTLED_FOLLOWERS = 'follower.replication.throttled.replicas';
const TOPICS_PER_REQUEST = 1_000;
/** Topics that one problem names before it only counts. */
const NAMED = 3;

/** Reads the settings that decide what a partition survives. Topics that refuse are told in one problem per error. Rejects with a ClientError. */
export async function readTopicConfigs(
  client: ClusterClient,
  names: readonly string[],
  after: number,
  problems: Problem[],
): Promise<Map<string, TopicConfig>> {
  const configs = new Map<string, TopicConfig>();
  const refused = new Map<string, string[]>();
  const asking: Promise<void>[] = [];
  for (let at = 0; at < names.length; at += TOPICS_PER_REQUEST) {
    asking.push(ask(client, names.slice(at, at + TOPICS_PER_REQUEST), after, configs, refused));
  }
  await Promise.all(asking);
  for (const [error, topics] of refused) {
    const named = topics.sort().slice(0, NAMED).join(', ');
    const which = topics.length > NAMED ? `${named} and ${topics.length - NAMED} more topics` : named;
    const advice = /AUTHORIZATION/.test(error) ? 'It needs DESCRIBE_CONFIGS on the topic.' : null;
    problems.push(problem('cluster', error, `min.insync.replicas could not be read of ${which}`, advice));
  }
  return configs;
}

async function ask(
  client: ClusterClient,
  names: readonly string[],
  after: number,
  configs: Map<string, TopicConfig>,
  refused: Map<string, string[]>,
): Promise<void> {
  const resources = names.map((resourceName) => ({
    resourceType: ConfigResourceType.topic,
    resourceName,
    configurationKeys: [MIN_ISR, UNCLEAN, THROTTLED_LEADERS, THROTTLED_FOLLOWERS],
  }));
  const { body } = await client.call('any', DescribeConfigs, { resources }, { after });
  for (const { resourceName, errorCode, configs: entries } of body.results) {
    // A topic that was deleted in the meantime is no problem.
    if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) continue;
    if (errorCode !== ErrorCode.NONE) {
      const name = errorName(errorCode);
      refused.set(name, [...(refused.get(name) ?? []), resourceName]);
      continue;
    }
    const value = (key: string) => entries.find(({ name }) => name === key)?.value ?? null;
    const minIsr = Number.parseInt(value(MIN_ISR) ?? '', 10);
    const unclean = value(UNCLEAN);
    const leader = value(THROTTLED_LEADERS) ?? '';
    const follower = value(THROTTLED_FOLLOWERS) ?? '';
    configs.set(resourceName, {
      minIsr: Number.isNaN(minIsr) ? null : minIsr,
      uncleanElection: unclean === null ? null : unclean === 'true',
      ...(leader === '' && follower === '' ? {} : { throttled: { leader, follower } }),
    });
  }
}
