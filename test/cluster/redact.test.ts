import { describe, expect, it } from 'vitest';
import { latestSample, type Recording, recordingSchema } from '../../src/cluster/recording.ts';
import { redact } from '../../src/cluster/redact.ts';
import { judgeLag } from '../../src/health/judge-lag.ts';
import { history, historyMember, recording } from '../health/build-recording.ts';
import { commit, group, member, partition, snapshot, topic } from '../health/build-snapshot.ts';

/** Names that a stranger could learn something from; some are parts of others, one is a regular expression's nightmare. */
const NAMES = [
  'acme-billing',
  'acme-billing-retry',
  'invoices.eu-west',
  'invoice(s)+[x]$^|\\',
  'svc-ledger',
  'svc-ledger-1-0001',
  'ledger-instance',
  '10.20.30.40',
  'kafka-7.internal.acme.example',
  'rack-frankfurt-2',
  '/var/lib/acme-kafka/data',
  'tx-ledger-eu',
  'customer-4711',
  'consumed-by-bob',
] as const;
const SECRETS = [
  ...NAMES,
  'acme-cluster-id',
  'acme-topic-uuid',
  'com.acme.StickyAssignor',
  'kafka-8.internal.acme.example',
  'never-seen-group',
];

function secretive(): Recording {
  const [billing, retry, invoices, odd, client, memberId, instance, host, broker, rack, dir, tx, key, metadata] = NAMES;
  const trouble = (scope: string) => ({
    scope,
    name: 'UNREACHABLE',
    message: `cannot reach ${broker}:9092 (${host}:9093): ${scope} of ${client}; see ${dir}/server.log, or ask kafka-8.internal.acme.example:9092`,
    advice: `Is ${broker} up? kmedic groups describe '${retry}' -t ${odd}`,
  });
  const taken = snapshot(
    [
      topic(invoices, [partition(0, 100)], { topicId: 'acme-topic-uuid' }),
      topic(odd, [partition(0, null, { problem: trouble(`${odd}-0`) })]),
      topic('__consumer_offsets', [partition(0, 9)], { internal: true }),
    ],
    [
      group(billing, {
        protocol: 'com.acme.StickyAssignor',
        members: [member(client, { [invoices]: [0] }, { memberId, instanceId: instance, host, rack })],
        commits: [commit(invoices, 0, 40, { metadata })],
      }),
      group(retry, { problem: trouble(`group ${retry}`), commits: [commit(odd, 0, 1)] }),
    ],
    {
      cluster: { id: 'acme-cluster-id', controller: 1 },
      brokers: [
        {
          id: 1,
          host: broker,
          port: 9092,
          rack: rack,
          problem: trouble('broker 1'),
          logDirs: [{ path: dir, error: null, replicaBytes: 5, totalBytes: null, usableBytes: null }],
        },
      ],
      problems: [trouble('group never-seen-group'), trouble(`topic ${invoices}`)],
    },
  );
  const one = {
    ...historyMember(client),
    memberId: memberId,
    host: host,
    instanceId: instance,
  };
  return recording([taken], {
    cluster: { id: 'acme-cluster-id' },
    scope: { groups: [billing, 'acme*'], topics: [invoices] },
    histories: [
      history(billing, {
        generations: [
          {
            generation: 1,
            atMs: 1,
            protocol: 'com.acme.StickyAssignor',
            leader: memberId,
            members: [one],
            joined: 1,
            left: 0,
          },
        ],
      }),
    ],
    topicConfigs: [
      {
        topic: invoices,
        configs: [
          { name: 'retention.ms', value: '604800000', source: 'default' },
          { name: 'cleanup.policy', value: 'compact,delete', source: 'topic' },
        ],
        problem: null,
      },
    ],
    brokerConfigs: [
      {
        broker: 1,
        configs: [
          { name: 'advertised.listeners', value: `PLAINTEXT://${broker}:9092`, source: 'static' },
          { name: 'listener.name.acme-billing.ssl.keystore.type', value: 'PEM', source: 'static' },
          { name: 'log.dirs', value: dir, source: 'static' },
          { name: 'num.io.threads', value: '8', source: 'default' },
        ],
        problem: null,
      },
    ],
    transactions: {
      open: [
        {
          topic: invoices,
          partition: 0,
          producerId: 4,
          producerEpoch: 0,
          startOffset: 3,
          lastAtMs: 5,
          transactionalId: tx,
          coordinator: 1,
          state: 'Ongoing',
          startedAtMs: 1,
          timeoutMs: 60_000,
        },
      ],
      asked: [],
      coordinatorsAsked: true,
    },
    keySamples: [
      {
        topic: invoices,
        partition: 0,
        from: 0,
        to: 9,
        records: 10,
        bytes: 100,
        withoutKey: 0,
        distinct: 1,
        keys: [{ key: key, records: 10, bytes: 100 }],
        problem: null,
      },
    ],
    problems: [trouble('cluster')],
  });
}

describe('a redacted recording', () => {
  const original = secretive();
  const redacted = redact(original);
  const text = JSON.stringify(redacted);

  it.each(SECRETS)('does not hold %s', (secret) => {
    // That it was there in the first place.
    expect(JSON.stringify(original)).toContain(JSON.stringify(secret).slice(1, -1));
    expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
  });

  it('holds nothing else that says acme', () => {
    expect(text.match(/.{0,40}acme.{0,20}/gi) ?? []).toEqual([]);
  });

  it('is a recording all the same, and says that it is redacted', () => {
    expect(recordingSchema.parse(redacted)).toEqual(redacted);
    expect(redacted.redacted).toBe(true);
  });

  it('calls the same thing the same everywhere', () => {
    const [sample] = redacted.samples;
    const billing = sample?.groups[0];
    expect(billing?.group).toMatch(/^group-\d$/);
    expect(redacted.histories[0]?.group).toBe(billing?.group);
    expect(redacted.scope.groups?.[0]).toBe(billing?.group);
    expect(billing?.members[0]?.clientId).toBe(redacted.histories[0]?.generations[0]?.members[0]?.clientId);
    expect(billing?.commits[0]?.topic).toBe(redacted.keySamples[0]?.topic);
    expect(sample?.groups[1]?.problem?.scope).toBe(`group ${sample?.groups[1]?.group}`);
    expect(sample?.groups[1]?.problem?.message).toContain('cannot reach host-');
    expect(sample?.problems[1]?.scope).toBe(`topic ${redacted.keySamples[0]?.topic}`);
  });

  it('keeps what tells nothing about anybody', () => {
    const [sample] = redacted.samples;
    expect(sample?.topics.map(({ topic: name }) => name)).toContain('__consumer_offsets');
    expect(redacted.topicConfigs[0]?.configs.map(({ value }) => value)).toEqual(['604800000', 'compact,delete']);
    expect(redacted.brokerConfigs[0]?.configs).toEqual([
      { name: 'log.dirs', value: null, source: 'static' },
      { name: 'num.io.threads', value: '8', source: 'default' },
    ]);
  });

  it('is judged as the original is', () => {
    const verdicts = (of: Recording) =>
      judgeLag(latestSample(of), [], { isolation: 'read_uncommitted', oldAfterMs: 1 }).groups.map(
        ({ verdict, lag, unknown }) => [verdict, lag, unknown],
      );
    expect(verdicts(redacted)).toEqual(verdicts(original));
  });

  it('comes out the same each time, and redacting it again changes nothing but the aliases of aliases', () => {
    expect(JSON.stringify(redact(secretive()))).toBe(text);
    expect(redact(redacted).samples[0]?.groups.map(({ group: name }) => name)).toEqual(
      redacted.samples[0]?.groups.map(({ group: name }) => name),
    );
  });

  it('takes no sentence for an address', () => {
    const at = {
      scope: 'cluster',
      name: 'X',
      message: 'the sample of 2026-11-20T14:15:00.000Z took 12:30',
      advice: null,
    };
    expect(redact(recording([snapshot([], [])], { problems: [at] })).problems[0]?.message).toContain(
      'the sample of 2026-11-20T14:15:00.000Z',
    );
  });
});
