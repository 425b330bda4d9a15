import kafkajs, { type Message } from 'kafkajs';
import { pause } from './pause.ts';
import type { ProducerRole, Report } from './roles.ts';

const REQUEST_TIMEOUT_MS = 2_000;

/** Writes records for ever. What cannot be written is told, and lost: an application that gave up on it. */
export async function produce(role: ProducerRole, report: (report: Report) => void): Promise<never> {
  const kafka = new kafkajs.Kafka({
    clientId: role.clientId,
    brokers: [...role.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { initialRetryTime: 100, retries: 2 },
  });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  report({ event: 'working' });
  for (let turn = 0; ; turn++) {
    const began = performance.now();
    try {
      await producer.send({ topic: role.topic, acks: role.acks ?? -1, messages: messagesOf(role, turn) });
    } catch (error) {
      report({ event: 'trouble', message: error instanceof Error ? error.message : String(error) });
    }
    await pause(Math.max(0, role.everyMs - (performance.now() - began)));
  }
}

function messagesOf({ perPartition = [], keyed = [], valueBytes = 60 }: ProducerRole, turn: number): Message[] {
  const value = (name: string): string => `{"event":"${name}","turn":${turn}}`.padEnd(valueBytes);
  const placed = perPartition.flatMap((count, partition) =>
    Array.from({ length: count }, (_, at) => ({
      key: `${partition}-${turn}-${at}`,
      value: value('placed'),
      partition,
    })),
  );
  if ('unique' in keyed) {
    return [
      ...placed,
      ...Array.from({ length: keyed.unique }, (_, at) => ({ key: `${turn}-${at}`, value: value('unique') })),
    ];
  }
  const byKey = keyed.flatMap(({ key, records }) =>
    Array.from({ length: records }, () => ({ key, value: value(key) })),
  );
  return [...placed, ...byKey];
}
