import type { CommitHistory, GroupHistory } from '../../cluster/history.ts';
import type { ConfigEntry, KeySample, Recording } from '../../cluster/recording.ts';
import { latestSample } from '../../cluster/recording.ts';
import type { Broker, Group, Partition, Snapshot, Topic } from '../../cluster/snapshot.ts';
import type { IsrReport } from '../../health/isr-report.ts';
import { type BrokerStates, brokerStates, judgeIsr } from '../../health/judge-isr.ts';
import { judgeRecording } from '../../health/judge-recording.ts';
import type { GroupLag } from '../../health/lag-report.ts';
import { seriesKey } from '../../health/samples.ts';
import type { Evidence, Subject } from '../model.ts';

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** Views of evidence that several probes need, each worked out once. */
export class Look {
  readonly evidence: Evidence;
  readonly recording: Recording;
  readonly samples: readonly Snapshot[];
  readonly latest: Snapshot;
  readonly at: string;
  readonly atMs: number;
  /** Time between the first and the last sample. */
  readonly windowMs: number;
  readonly #groups: ReadonlyMap<string, Group>;
  readonly #topics: ReadonlyMap<string, Topic>;
  readonly #histories: ReadonlyMap<string, GroupHistory>;
  readonly #topicConfigs: ReadonlyMap<string, readonly ConfigEntry[]>;
  readonly #brokerConfigs: ReadonlyMap<number, readonly ConfigEntry[]>;
  #sightings: readonly ReadonlyMap<string, Group>[] | null = null;
  #commitHistories: ReadonlyMap<string, CommitHistory> | null = null;
  #keySamples: ReadonlyMap<string, KeySample> | null = null;
  readonly #partitions: ReadonlyMap<string, Partition>[] = [];
  #topicIds: Map<string, Set<string>> | null = null;
  #isr: IsrReport | null = null;
  #states: BrokerStates | null = null;
  #lag: ReadonlyMap<string, GroupLag> | null = null;
  #cutOff: ReadonlySet<string> | null = null;

  constructor(evidence: Evidence) {
    this.evidence = evidence;
    this.recording = evidence.recording;
    this.samples = evidence.recording.samples;
    this.latest = latestSample(evidence.recording);
    this.at = this.latest.at;
    this.atMs = Date.parse(this.at);
    this.windowMs = this.atMs - Date.parse(this.samples[0]?.at ?? this.at);
    const { histories, topicConfigs, brokerConfigs } = evidence.recording;
    this.#groups = new Map(this.latest.groups.map((group) => [group.group, group]));
    this.#topics = new Map(this.latest.topics.map((topic) => [topic.topic, topic]));
    this.#histories = new Map(histories.map((history) => [history.group, history]));
    this.#topicConfigs = new Map(topicConfigs.map(({ topic, configs }) => [topic, configs]));
    this.#brokerConfigs = new Map(brokerConfigs.map(({ broker, configs }) => [broker, configs]));
  }

  group(subject: Subject): Group | null {
    return this.#groups.get(subject.name ?? '') ?? null;
  }

  /** The group as each sample saw it, oldest first; undefined where it was not there. */
  sightings(group: string): readonly (Group | undefined)[] {
    this.#sightings ??= this.samples.map(({ groups }) => new Map(groups.map((each) => [each.group, each])));
    return this.#sightings.map((sample) => sample.get(group));
  }

  /** What was written down of the group's commits to one partition. */
  commitHistory(group: string, at: Place): CommitHistory | null {
    if (this.history(group) === null) return null;
    this.#commitHistories ??= new Map(
      this.recording.histories.flatMap((history) =>
        history.commits.map((each) => [seriesKey(history.group, each.topic, each.partition), each] as const),
      ),
    );
    return this.#commitHistories.get(seriesKey(group, at.topic, at.partition)) ?? null;
  }

  keySample({ topic, partition }: Place): KeySample | null {
    this.#keySamples ??= new Map(this.recording.keySamples.map((each) => [`${each.topic}-${each.partition}`, each]));
    return this.#keySamples.get(`${topic}-${partition}`) ?? null;
  }

  /** A partition as one sample saw it; `sample` counts from the oldest, and may be negative: from the newest. */
  partition({ topic, partition }: Place, sample = -1): Partition | null {
    const at = sample < 0 ? this.samples.length + sample : sample;
    this.#partitions[at] ??= new Map(
      (this.samples[at]?.topics ?? []).flatMap((each) =>
        each.partitions.map((one) => [`${each.topic}-${one.partition}`, one] as const),
      ),
    );
    return this.#partitions[at]?.get(`${topic}-${partition}`) ?? null;
  }

  /** Every id that a topic had in the samples: more than one, and it was created again. */
  topicIds(topic: string): ReadonlySet<string> {
    if (this.#topicIds === null) {
      this.#topicIds = new Map();
      for (const { topic: name, topicId } of this.samples.flatMap(({ topics }) => topics)) {
        const known = this.#topicIds.get(name);
        if (known === undefined) this.#topicIds.set(name, new Set(topicId === null ? [] : [topicId]));
        else if (topicId !== null) known.add(topicId);
      }
    }
    return this.#topicIds.get(topic) ?? new Set();
  }

  topic(name: string | null): Topic | null {
    return this.#topics.get(name ?? '') ?? null;
  }

  broker(subject: Subject): Broker | null {
    return this.latest.brokers.find(({ id }) => String(id) === subject.name) ?? null;
  }

  /** Null where the history of the group was not read, or could not be. */
  history(group: string): GroupHistory | null {
    const history = this.#histories.get(group) ?? null;
    return history?.problem == null ? history : null;
  }

  /** A topic's setting as it is in force; null where it is not known. */
  topicConfig(topic: string, name: string): string | null {
    return this.#topicConfigs.get(topic)?.find((entry) => entry.name === name)?.value ?? null;
  }

  topicNumber(topic: string, name: string): number | null {
    return numberOf(this.topicConfig(topic, name));
  }

  /** The setting of every broker that told it. */
  brokerSettings(name: string): { readonly broker: number; readonly value: string }[] {
    return [...this.#brokerConfigs].flatMap(([broker, configs]) => {
      const value = configs.find((entry) => entry.name === name)?.value ?? null;
      return value === null ? [] : [{ broker, value }];
    });
  }

  get isr(): IsrReport {
    this.#isr ??= judgeIsr(this.latest);
    return this.#isr;
  }

  get states(): BrokerStates {
    this.#states ??= brokerStates(this.latest);
    return this.#states;
  }

  /** Partitions (`orders-2`) whose high watermark was higher in an earlier sample, the topic being the same. */
  get cutOff(): ReadonlySet<string> {
    this.#cutOff ??= watermarkDrops(this.samples);
    return this.#cutOff;
  }

  /** The group’s lag over all samples, judged with its own idea of what is old. */
  lag(group: string): GroupLag | null {
    this.#lag ??= new Map(judgeRecording(this.recording).groups.map((each) => [each.group, each]));
    return this.#lag.get(group) ?? null;
  }
}

function watermarkDrops(samples: readonly Snapshot[]): ReadonlySet<string> {
  const highest = new Map<string, number>();
  const drops = new Set<string>();
  for (const { topics } of samples) {
    for (const { topic, topicId, partitions } of topics) {
      for (const { partition, highWatermark } of partitions) {
        if (highWatermark === null) continue;
        const key = `${topicId ?? ''} ${topic}-${partition}`;
        const before = highest.get(key) ?? 0;
        if (highWatermark < before) drops.add(`${topic}-${partition}`);
        highest.set(key, Math.max(before, highWatermark));
      }
    }
  }
  return drops;
}

const LOOKS = new WeakMap<Evidence, Look>();

/** The same evidence gives the same views. */
export function lookAt(evidence: Evidence): Look {
  let look = LOOKS.get(evidence);
  if (look === undefined) {
    look = new Look(evidence);
    LOOKS.set(evidence, look);
  }
  return look;
}

export function numberOf(text: string | null | undefined): number | null {
  if (text === null || text === undefined || !/^-?\d+(\.\d+)?$/.test(text.trim())) return null;
  return Number(text);
}
