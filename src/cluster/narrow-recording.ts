import type { Recording } from './recording.ts';
import type { Snapshot } from './snapshot.ts';

/** Which part of a recording is wanted. Assignments of members are never cut. */
export interface Part {
  readonly group: (group: string) => boolean;
  readonly partition: (topic: string, partition: number) => boolean;
}

/** The part of a recording that is about some groups and partitions. Brokers, and what concerns the cluster, stay. */
export function narrowRecording(recording: Recording, part: Part): Recording {
  const { samples, histories, topicConfigs, transactions, keySamples } = recording;
  const narrowed = samples.map((sample) => narrowSample(sample, part));
  const topics = new Set(narrowed.flatMap((sample) => sample.topics.map(({ topic }) => topic)));
  const here = ({ topic, partition }: { topic: string; partition: number }) => part.partition(topic, partition);
  return {
    ...recording,
    samples: narrowed,
    histories: histories.filter(({ group }) => part.group(group)),
    topicConfigs: topicConfigs.filter(({ topic }) => topics.has(topic)),
    transactions:
      transactions === null
        ? null
        : { ...transactions, open: transactions.open.filter(here), asked: transactions.asked.filter(here) },
    keySamples: keySamples.filter(here),
  };
}

function narrowSample(sample: Snapshot, { group: wanted, partition: accept }: Part): Snapshot {
  return {
    ...sample,
    topics: sample.topics
      .map((topic) => ({
        ...topic,
        partitions: topic.partitions.filter(({ partition }) => accept(topic.topic, partition)),
      }))
      // A topic that could not be read has no partitions to go by.
      .filter((topic) => topic.partitions.length > 0 || (topic.problem !== null && accept(topic.topic, 0))),
    groups: sample.groups
      .filter(({ group }) => wanted(group))
      .map((group) => ({ ...group, commits: group.commits.filter((c) => accept(c.topic, c.partition)) })),
  };
}
