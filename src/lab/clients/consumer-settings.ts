/** What a consumer's properties mean to the drill's client, with Kafka's own defaults for Kafka's own keys. */
export interface ConsumerSettings {
  readonly maxPollRecords: number;
  readonly maxPollIntervalMs: number;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly fromBeginning: boolean;
  readonly autoCommit: boolean;
  /** What the application needs for one record. */
  readonly processingMs: number;
  /** Commits behind every record rather than every poll. */
  readonly commitEachRecord: boolean;
}

/** Reads the settings; throws where a number is none, naming the key. */
export function consumerSettings(properties: Readonly<Record<string, string>>): ConsumerSettings {
  const number = (key: string, fallback: number): number => {
    const text = properties[key];
    if (text === undefined) return fallback;
    if (!/^\d{1,9}$/.test(text.trim())) throw new Error(`${key}=${text}: not a whole number`);
    return Number(text);
  };
  return {
    maxPollRecords: Math.max(1, number('max.poll.records', 500)),
    maxPollIntervalMs: number('max.poll.interval.ms', 300_000),
    sessionTimeoutMs: number('session.timeout.ms', 45_000),
    heartbeatIntervalMs: number('heartbeat.interval.ms', 3_000),
    fromBeginning: properties['auto.offset.reset'] === 'earliest',
    autoCommit: properties['enable.auto.commit'] !== 'false',
    processingMs: number('drill.processing.ms', 0),
    commitEachRecord: properties['drill.commit'] === 'each-record',
  };
}
