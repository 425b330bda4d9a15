import type { ClientConfig, Fact, Probe, Reading } from '../model.ts';
import { type Look, numberOf } from './look.ts';
import { assumed, fact, measured, probe, unknown } from './reading.ts';

/**
 * Probes of a client's own settings. They come from its properties file alone; what the file leaves out is the Java
 * client's default (since 3.0), and said to be assumed.
 */

const DEFAULTS: Readonly<Record<string, string>> = {
  acks: 'all',
  retries: '2147483647',
  'max.in.flight.requests.per.connection': '5',
  'linger.ms': '5',
  'batch.size': '16384',
  'compression.type': 'none',
  'request.timeout.ms': '30000',
  'delivery.timeout.ms': '120000',
  'enable.auto.commit': 'true',
  'session.timeout.ms': '45000',
  'heartbeat.interval.ms': '3000',
};
/** Shorter than an election with its detection (broker.session.timeout.ms is 9 s by default), and a retry or two. */
const LEAST_DELIVERY_MS = 30_000;
const LEAST_RETRIES = 10;
const SMALL_LINGER_MS = 5;
const SMALL_BATCH = 16_384;
/** Three heartbeats to a session: two may be lost. */
const HEARTBEATS_PER_SESSION = 3;
const MOST_IN_FLIGHT = 5;

const TELL = '--client-config client.properties';

/** Settings of a file, with which of them are defaults. */
class Settings {
  readonly facts: Fact[] = [];
  #guessed = false;
  readonly #client: ClientConfig;

  constructor(client: ClientConfig) {
    this.#client = client;
  }

  /** The value in force; noted as a fact. */
  get(name: string): string {
    const given = this.#client.properties[name]?.trim();
    const value = given ?? DEFAULTS[name] ?? '';
    if (given === undefined) this.#guessed = true;
    const text = given === undefined ? `${name} is not set: ${value} by default` : `${name}=${given}`;
    if (this.facts.every((known) => known.text !== text)) this.facts.push(fact(this.#client.file, text, { value }));
    return value;
  }

  number(name: string): number {
    return numberOf(this.get(name)) ?? Number.NaN;
  }

  has(name: string): boolean {
    return this.#client.properties[name] !== undefined;
  }

  /** Idempotence as the client takes it: said, or on unless acks or retries contradict it. */
  get idempotent(): boolean {
    if (this.has('enable.idempotence')) {
      const said = this.#client.properties['enable.idempotence']?.trim() ?? '';
      this.facts.push(fact(this.#client.file, `enable.idempotence=${said}`, { value: said }));
      return said === 'true';
    }
    const on =
      isAll(this.get('acks')) &&
      this.number('retries') > 0 &&
      this.number('max.in.flight.requests.per.connection') <= MOST_IN_FLIGHT;
    this.facts.push(
      fact(
        this.#client.file,
        `enable.idempotence is not set: ${on ? 'on by default' : 'switched off by the settings above'}`,
        { value: on },
      ),
    );
    return on;
  }

  /** A setting that the file says is measured, a default that nobody verified is assumed. */
  say(answer: string): Reading {
    return this.#guessed ? assumed(answer, this.facts) : measured(answer, this.facts);
  }
}

const isAll = (acks: string): boolean => acks === 'all' || acks === '-1';

function clientProbe(id: string, answers: readonly string[], judge: (settings: Settings, look: Look) => string): Probe {
  return probe(id, answers, (look, _subject, { client }) => {
    if (client === null) return unknown('a client’s own settings cannot be seen from the cluster', TELL);
    const settings = new Settings(client);
    return settings.say(judge(settings, look));
  });
}

/** A consumer's file says nothing of producers: their defaults would be a guess about nobody. */
function ofProducer(id: string, answers: readonly string[], judge: (settings: Settings, look: Look) => string): Probe {
  const inner = clientProbe(id, answers, judge);
  return probe(id, answers, (_look, subject, evidence) => {
    const properties = evidence.client?.properties ?? {};
    if (evidence.client !== null && properties['group.id'] !== undefined && properties['acks'] === undefined)
      return unknown(`${evidence.client.file} is a consumer’s`, '--client-config producer.properties');
    return inner.measure(evidence, subject);
  });
}

const clientAutoCommit = probe('client-auto-commit', ['on', 'off'], (_look, _subject, { client }) => {
  if (client === null) return unknown('a client’s own settings cannot be seen from the cluster', TELL);
  if (client.properties['enable.auto.commit'] === undefined && client.properties['group.id'] === undefined)
    return unknown(`${client.file} is no consumer’s`, '--client-config consumer.properties');
  const settings = new Settings(client);
  return settings.say(settings.get('enable.auto.commit') === 'false' ? 'off' : 'on');
});

export const clientAcks = ofProducer('client-acks', ['none', 'all'], (settings) =>
  isAll(settings.get('acks')) ? 'all' : 'none',
);

export const clientIdempotence = ofProducer('client-idempotence', ['off', 'on'], (settings) =>
  settings.idempotent ? 'on' : 'off',
);

export const clientDelivery = ofProducer('client-delivery', ['short', 'fine'], (settings) =>
  settings.number('delivery.timeout.ms') < LEAST_DELIVERY_MS || settings.number('retries') < LEAST_RETRIES
    ? 'short'
    : 'fine',
);

export const clientDurability = ofProducer(
  'client-durability',
  ['acks', 'idempotence', 'retries', 'fine'],
  (settings) => {
    if (!isAll(settings.get('acks'))) return 'acks';
    if (settings.number('retries') < LEAST_RETRIES) return 'retries';
    return settings.idempotent ? 'fine' : 'idempotence';
  },
);

export const clientBatching = ofProducer('client-batching', ['small', 'large'], (settings) => {
  const small = settings.number('linger.ms') <= SMALL_LINGER_MS || settings.number('batch.size') <= SMALL_BATCH;
  return small || settings.get('compression.type') === 'none' ? 'small' : 'large';
});

export const clientOrder = ofProducer('client-order', ['unsafe', 'safe'], (settings) =>
  settings.idempotent ? 'safe' : 'unsafe',
);

export const clientTimeouts = clientProbe('client-timeouts', ['refused', 'tight', 'fine'], (settings, look) => {
  const session = settings.number('session.timeout.ms');
  const heartbeat = settings.number('heartbeat.interval.ms');
  const bound = (name: string, otherwise: number): number => numberOf(look.brokerSettings(name)[0]?.value) ?? otherwise;
  const least = bound('group.min.session.timeout.ms', 6_000);
  const most = bound('group.max.session.timeout.ms', 1_800_000);
  settings.facts.push(
    fact('DescribeConfigs', `brokers take session timeouts from ${least} to ${most} ms`, { at: look.at }),
  );
  if (session < least || session > most) return 'refused';
  return heartbeat * HEARTBEATS_PER_SESSION > session ? 'tight' : 'fine';
});

export const CLIENT_PROBES: readonly Probe[] = [
  clientAutoCommit,
  clientAcks,
  clientIdempotence,
  clientDelivery,
  clientDurability,
  clientBatching,
  clientOrder,
  clientTimeouts,
];
