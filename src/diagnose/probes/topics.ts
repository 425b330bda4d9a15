import type { Probe } from '../model.ts';
import { count, fact, measured, place, probe, some, unknown } from './reading.ts';

/** Probes of what a topic survives. */

const METADATA = 'Metadata';
const NO_TOPIC = 'the topic is not in the recording';

export const replicationFactor = probe('replication-factor', ['one', 'two', 'more'], (look, { name }) => {
  const topic = look.topic(name);
  const counts = (topic?.partitions ?? []).map(({ replicas }) => replicas.length).filter((count) => count > 0);
  if (counts.length === 0) return unknown(NO_TOPIC, 'kmedic isr <topic>');
  const least = Math.min(...counts);
  const facts = [
    fact(
      METADATA,
      `${count(least, 'replica')} (the partition with the fewest), ${count(look.latest.brokers.length, 'broker')} in the cluster`,
      { value: least, unit: 'replicas', at: look.at },
    ),
  ];
  return measured(least === 1 ? 'one' : least === 2 ? 'two' : 'more', facts);
});

const minIsrSetting = probe('min-isr-setting', ['one', 'all', 'between'], (look, { name }) => {
  const topic = look.topic(name);
  const min = topic?.minIsr ?? look.topicNumber(name ?? '', 'min.insync.replicas');
  if (topic === null || min === null)
    return unknown('min.insync.replicas was not read', 'DESCRIBE_CONFIGS on the topic');
  const least = Math.min(...topic.partitions.map(({ replicas }) => replicas.length).filter((count) => count > 0));
  const facts = [
    fact('DescribeConfigs', `min.insync.replicas=${min} with ${count(least, 'replica')}`, { value: min, at: look.at }),
  ];
  return measured(min >= least ? 'all' : min <= 1 ? 'one' : 'between', facts);
});

const uncleanSetting = probe('unclean-setting', ['yes', 'no'], (look, { name }) => {
  const topic = look.topic(name);
  const text = look.topicConfig(name ?? '', 'unclean.leader.election.enable');
  const unclean = topic?.uncleanElection ?? (text === null ? null : text === 'true');
  if (unclean === null) return unknown('unclean.leader.election.enable was not read', 'DESCRIBE_CONFIGS on the topic');
  return measured(unclean ? 'yes' : 'no', [
    fact('DescribeConfigs', `unclean.leader.election.enable=${unclean}`, { value: unclean, at: look.at }),
  ]);
});

const rackSpread = probe('rack-spread', ['same', 'spread'], (look, { name }) => {
  const own = look.isr.partitions.filter(({ topic }) => topic === name);
  if (own.length === 0) return unknown(NO_TOPIC, 'kmedic isr <topic>');
  const all = new Set([...look.states.racks.values()].filter((rack) => rack !== null));
  // One rack for everything is as good as none: there is nothing to spread over.
  if (all.size < 2)
    return measured('spread', [
      fact(METADATA, all.size === 0 ? 'racks are not used' : 'every broker is in the same rack', { at: look.at }),
    ]);
  const crowded = own.filter(
    ({ racks }) => racks.length > 1 && racks[0] !== null && racks.every((rack) => rack === racks[0]),
  );
  if (crowded.length === 0)
    return measured('spread', [
      fact(METADATA, `${count(own.length, 'partition')}, each over several of ${all.size} racks`, { at: look.at }),
    ]);
  return measured(
    'same',
    [
      fact(METADATA, `all replicas in one rack: ${some(crowded.map(place))}`, {
        value: crowded.length,
        unit: 'partitions',
        at: look.at,
      }),
    ],
    {
      concerns: crowded.map(place),
    },
  );
});

export const TOPIC_PROBES: readonly Probe[] = [replicationFactor, minIsrSetting, uncleanSetting, rackSpread];
