import { groupBy } from '../../cluster/group-by.ts';
import type { GroupHistory } from '../../cluster/history.ts';
import type { ConfigEntry, Recording } from '../../cluster/recording.ts';
import { latestSample } from '../../cluster/recording.ts';
import type { Broker, Group, Snapshot, Topic } from '../../cluster/snapshot.ts';
import type { IsrReport } from '../../health/isr-report.ts';
import { type BrokerStates, brokerStates, judgeIsr } from '../../health/judge-isr.ts';
import { DEFAULT_OLD_AFTER_MS, judgeLag } from '../../health/judge-lag.ts';
import type { GroupLag } from '../../health/lag-report.ts';
import { type Sample, sampleOf } from '../../health/samples.ts';
import type { Evidence, Subject } from '../model.ts';

/**
 * An unread record is old after three of the group's usual commit intervals: one that was merely between two commits is
 * none. Burrow ties its verdicts to the window that is configured; this follows the group's own pace. Never less than one
 * default auto-commit interval (5 s), below which a pause says nothing. Without a history: a minute.
 */
export const INTERVALS_UNTIL_OLD = 3;
const LEAST_OLD_MS = 5_000;
/** Two commits make no habit. */
export const COMMITS_FOR_A_HABIT = 3;

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
  #earlier: readonly Sample[] | null = null;
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
    this.#lag ??= this.#judgeAll();
    return this.#lag.get(group) ?? null;
  }

  /** An unread record older than this (ms) is old for this group. */
  oldAfterMs(group: string): number {
    const longest = (this.history(group)?.commits ?? [])
      .filter(({ commits }) => commits >= COMMITS_FOR_A_HABIT)
      .map(({ intervalMs }) => intervalMs?.median ?? null)
      .filter((interval) => interval !== null);
    if (longest.length === 0) return DEFAULT_OLD_AFTER_MS;
    return Math.max(LEAST_OLD_MS, INTERVALS_UNTIL_OLD * Math.max(...longest));
  }

  /** Groups with the same threshold are judged together: a judgement goes over all partitions. */
  #judgeAll(): ReadonlyMap<string, GroupLag> {
    // Whole seconds make few classes of many groups.
    const byThreshold = groupBy(this.latest.groups, ({ group }) => Math.ceil(this.oldAfterMs(group) / 1000) * 1000);
    const judged = new Map<string, GroupLag>();
    for (const [oldAfterMs, groups] of byThreshold) {
      const report = judgeLag({ ...this.latest, groups }, this.#samplesBefore(), {
        isolation: 'read_uncommitted',
        oldAfterMs,
      });
      for (const group of report.groups) judged.set(group.group, group);
    }
    return judged;
  }

  #samplesBefore(): readonly Sample[] {
    this.#earlier ??= this.samples.slice(0, -1).map((sample) => sampleOf(sample, 'read_uncommitted'));
    return this.#earlier;
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
