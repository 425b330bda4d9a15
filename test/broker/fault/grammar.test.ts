import { describe, expect, it } from 'vitest';
import { durationText, parseDuration } from '../../../src/broker/fault/duration.ts';
import { configsOf, FAULT_NAMES, FAULTS, parseFault } from '../../../src/broker/fault/index.ts';

describe('the grammar of faults', () => {
  it.each(FAULT_NAMES)('reads the example of %s', (name) => {
    const parsed = parseFault(`kmedic.fault.${name}`, FAULTS[name].example, '2');
    expect(parsed).toMatchObject({ fault: { fault: name }, label: null, on: null });
  });

  it.each([
    ['for=30s,to=1+3,delay=200ms'],
    ['for:30s to:1+3 delay:200ms'],
    ['30s, to=1+3, delay=200ms'],
    [' delay=200ms,to=1+3,for=30s,left=30s '],
  ])('takes %s in any spelling', (value) => {
    expect(parseFault('kmedic.fault.slow-link.a', value, '2')).toEqual({
      fault: { fault: 'slow-link', to: [1, 3], delay: 200 },
      label: 'a',
      on: null,
      forMs: 30_000,
    });
  });

  it.each([
    ['kmedic.fault.freze', '30s', '2', 'Did you mean kmedic.fault.freeze?'],
    ['kmedic.fault.freeze.a.b', '30s', '2', 'is no fault'],
    ['kmedic.fault.freeze', 'fro=30s', '2', 'no parameter fro; did you mean for?'],
    ['kmedic.fault.freeze', 'for=30', '2', 'for=30: not a duration'],
    ['kmedic.fault.freeze', 'for=1s,for=2s', '2', 'for is given twice'],
    ['kmedic.fault.freeze', 'on', '', 'on all brokers it needs an end'],
    ['kmedic.fault.freeze', 'for=1s,broker=2', '2', 'no parameter broker'],
    ['kmedic.fault.freeze', 'for=1s,broker=a', '', 'broker=a: not broker ids'],
    ['kmedic.fault.slow-link', 'to=1', '2', 'delay is missing. Accepted: to=<id+id|nodes|clients>'],
    ['kmedic.fault.cut-link', 'to=everyone', '2', 'not broker ids, `nodes` or `clients`'],
    ['kmedic.fault.cut-link', 'to=1,direction=up', '2', 'not one of both, in, out'],
    ['kmedic.fault.error', 'api=Produce,error=NOT_LEADER', '2', 'no error of Kafka’s'],
    ['kmedic.fault.error', 'api=Produc,error=NOT_COORDINATOR', '2', 'did you mean Produce?'],
    ['kmedic.fault.error', 'api=Metadata,error=NOT_COORDINATOR', '2', 'Metadata cannot be failed'],
    ['kmedic.fault.error', 'api=Produce,error=NOT_COORDINATOR,every=0', '2', 'not a number from 1 on'],
    ['kmedic.fault.skew-clock', 'by=soon', '2', 'not a duration with a sign'],
    ['kmedic.fault.restart', 'for=3s', '2', 'takes no duration'],
    ['kmedic.fault.move-coordinator', 'on', '2', 'group is missing'],
  ])('refuses %s=%s of "%s", and says why', (key, value, resource, why) => {
    const parsed = parseFault(key, value, resource);
    const problem = 'problem' in parsed ? parsed.problem : '';
    expect(problem).toContain(why);
    expect(problem).toContain(key);
  });

  it('writes what it reads', () => {
    const configs = configsOf({
      fault: 'slow-link',
      on: [1, 2],
      for: 90_000,
      label: 'wan',
      to: [3, 'clients'],
      delay: 250,
      only: 'replication',
    });
    const value = 'for=1m30s,to=3+clients,delay=250ms,only=replication';
    expect(configs).toEqual([
      { resource: '1', key: 'kmedic.fault.slow-link.wan', value },
      { resource: '2', key: 'kmedic.fault.slow-link.wan', value },
    ]);
    expect(parseFault('kmedic.fault.slow-link.wan', value, '1')).toMatchObject({
      fault: { fault: 'slow-link', to: [3, 'clients'], delay: 250, only: 'replication' },
      forMs: 90_000,
    });
    expect(configsOf({ fault: 'skew-clock', by: -3_600_000 })).toEqual([
      { resource: '', key: 'kmedic.fault.skew-clock', value: 'by=-1h' },
    ]);
  });

  it.each([0, 1, 999, 1000, 61_001, 90_061_001])('durations of %d ms survive being written', (ms) => {
    expect(parseDuration(durationText(ms))).toBe(ms);
  });
});
