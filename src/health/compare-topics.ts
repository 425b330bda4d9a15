import type { ConfigEntry, Recording } from '../cluster/recording.ts';
import { latestSample } from '../cluster/recording.ts';
import type { Partition, Topic } from '../cluster/snapshot.ts';
import { type Change, idsText } from './change.ts';
import type { IsrPartition } from './isr-report.ts';
import { ISR_VERDICTS, isrRank } from './isr-verdicts.ts';
import { judgeIsr } from './judge-isr.ts';

/** Topics, partitions and settings that are different in the later recording. */
export function compareTopics(before: Recording, after: Recording): Change[] {
  const old = latestSample(before);
  const now = latestSample(after);
  const known = new Map(old.topics.map((topic) => [topic.topic, topic]));
  const verdicts = { before: verdictsOf(before), after: verdictsOf(after) };
  const changes: Change[] = [];
  for (const topic of now.topics) {
    const was = known.get(topic.topic);
    known.delete(topic.topic);
    if (was === undefined) changes.push(appeared(topic));
    else changes.push(...compareTopic(was, topic, verdicts));
  }
  for (const topic of known.values()) {
    changes.push({
      ...subject(topic),
      what: 'gone',
      before: `${topic.partitions.length} partitions`,
      after: null,
      severity: 'warn',
      meaning: 'the topic was deleted, or may not be seen any more',
    });
  }
  return [...changes, ...compareConfigs(before, after)];
}

const subject = ({ topic }: Topic) => ({ subject: 'topic', name: topic }) as const;

function appeared(topic: Topic): Change {
  return {
    ...subject(topic),
    what: 'appeared',
    before: null,
    after: `${topic.partitions.length} partitions`,
    severity: 'note',
    meaning: 'the topic is new',
  };
}

type Verdicts = ReadonlyMap<string, IsrPartition>;

/** Where replication was not read there is nothing to judge. */
function verdictsOf(recording: Recording): Verdicts {
  const latest = latestSample(recording);
  if (latest.fenced === undefined) return new Map();
  return new Map(judgeIsr(latest, () => true).partitions.map((row) => [`${row.topic}-${row.partition}`, row]));
}

function compareTopic(was: Topic, now: Topic, verdicts: { before: Verdicts; after: Verdicts }): Change[] {
  const changes: Change[] = [];
  if (was.topicId !== null && now.topicId !== null && was.topicId !== now.topicId) {
    changes.push({
      ...subject(now),
      what: 'topic id',
      before: was.topicId,
      after: now.topicId,
      severity: 'error',
      meaning: 'the topic was deleted and created again: what was in it is gone, and old commits mean nothing',
    });
  }
  if (was.partitions.length !== now.partitions.length) {
    changes.push({
      ...subject(now),
      what: 'partitions',
      before: was.partitions.length,
      after: now.partitions.length,
      severity: now.partitions.length < was.partitions.length ? 'warn' : 'note',
      meaning: 'keys map to other partitions from now on',
    });
  }
  const known = new Map(was.partitions.map((partition) => [partition.partition, partition]));
  for (const partition of now.partitions) {
    const before = known.get(partition.partition);
    if (before !== undefined) changes.push(...comparePartition(now.topic, before, partition, verdicts));
  }
  return changes;
}

function comparePartition(
  topic: string,
  was: Partition,
  now: Partition,
  verdicts: { before: Verdicts; after: Verdicts },
): Change[] {
  const name = `${topic}-${now.partition}`;
  const changes: Change[] = [];
  const add = (
    what: string,
    before: Change['before'],
    after: Change['after'],
    severity: Change['severity'],
    meaning: string,
  ) => changes.push({ subject: 'partition', name, what, before, after, severity, meaning });
  const [judgedThen, judgedNow] = [verdicts.before.get(name), verdicts.after.get(name)];
  if (judgedThen !== undefined && judgedNow !== undefined && judgedThen.verdict !== judgedNow.verdict) {
    const worse = isrRank(judgedNow.verdict) > isrRank(judgedThen.verdict);
    const { severity, meaning } = ISR_VERDICTS[judgedNow.verdict];
    add('verdict', judgedThen.verdict, judgedNow.verdict, worse ? severity : 'ok', meaning);
  }
  if (was.leader !== now.leader) {
    if (now.leader === null) add('leader', was.leader, null, 'error', 'no leader: nobody can read or write it');
    else if (was.leader === null) add('leader', null, now.leader, 'ok', 'it has a leader again');
    else add('leader', was.leader, now.leader, 'note', 'another broker leads it: an election was held');
  } else if (was.leaderEpoch !== null && now.leaderEpoch !== null && now.leaderEpoch > was.leaderEpoch) {
    add(
      'leader epoch',
      was.leaderEpoch,
      now.leaderEpoch,
      'note',
      'elections were held, and the same broker leads again',
    );
  }
  const left = was.isr.filter((id) => !now.isr.includes(id));
  const joined = now.isr.filter((id) => !was.isr.includes(id));
  if (left.length > 0) {
    add(
      'isr',
      idsText(was.isr),
      idsText(now.isr),
      'warn',
      `broker ${idsText(left)} left the ISR: stopped, or too far behind`,
    );
  } else if (joined.length > 0) {
    add('isr', idsText(was.isr), idsText(now.isr), 'ok', `broker ${idsText(joined)} is in sync again`);
  }
  if (idsText(was.replicas) !== idsText(now.replicas)) {
    add('replicas', idsText(was.replicas), idsText(now.replicas), 'note', 'it was reassigned');
  }
  if (was.highWatermark !== null && now.highWatermark !== null && now.highWatermark < was.highWatermark) {
    add(
      'high watermark',
      was.highWatermark,
      now.highWatermark,
      'error',
      'the log became shorter: an unclean election cut it, or the topic was created again',
    );
  }
  return changes;
}

function compareConfigs(before: Recording, after: Recording): Change[] {
  const topics = new Map(before.topicConfigs.map(({ topic, configs }) => [topic, configs]));
  const brokers = new Map(before.brokerConfigs.map(({ broker, configs }) => [broker, configs]));
  return [
    ...after.topicConfigs.flatMap(({ topic, configs }) =>
      compareSettings({ subject: 'topic', name: topic }, topics.get(topic), configs),
    ),
    ...after.brokerConfigs.flatMap(({ broker, configs }) =>
      compareSettings({ subject: 'broker', name: String(broker) }, brokers.get(broker), configs),
    ),
  ];
}

function compareSettings(
  of: Pick<Change, 'subject' | 'name'>,
  was: readonly ConfigEntry[] | undefined,
  now: readonly ConfigEntry[],
): Change[] {
  // What could not be read in one of the two is not known to have changed.
  if (was === undefined || was.length === 0 || now.length === 0) return [];
  const known = new Map(was.map((entry) => [entry.name, entry]));
  return now.flatMap(({ name, value, source }): Change[] => {
    const before = known.get(name);
    if (before === undefined || before.value === value) return [];
    const meaning = source === 'default' ? 'the setting is back at its default' : `the setting was changed (${source})`;
    return [{ ...of, what: `config ${name}`, before: before.value, after: value, severity: 'note', meaning }];
  });
}
