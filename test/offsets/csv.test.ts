import { describe, expect, it } from 'vitest';
import { readOffsetsCsv, writeOffsetsCsv } from '../../src/offsets/csv.ts';
import fc from '../property.ts';

describe("Kafka's CSV", () => {
  it('reads both forms, also with the blank line that its tool prints behind them, and with CRLF', () => {
    expect(readOffsetsCsv('orders,0,5\norders,1,7\n\n', 'f')).toEqual([
      { group: null, topic: 'orders', partition: 0, offset: 5 },
      { group: null, topic: 'orders', partition: 1, offset: 7 },
    ]);
    expect(readOffsetsCsv('g1,orders,0,5\r\n"g,2",orders,0,-1\r\n', 'f')).toEqual([
      { group: 'g1', topic: 'orders', partition: 0, offset: 5 },
      { group: 'g,2', topic: 'orders', partition: 0, offset: -1 },
    ]);
  });

  it.each([
    ['', /no offsets/],
    ['orders,0', /line 1: 2 columns/],
    ['orders,0,5\ng,orders,0,5', /line 2: 4 columns/],
    ['orders,x,5', /line 1: orders,x,5/],
    ['orders,0,5\norders,0,6', /line 2: orders-0 is there twice/],
    ['orders,0,99999999999999999', /line 1/],
    ['a"b,0,5', /line 1: a quote/],
  ])('refuses %j and says where', (text, message) => {
    expect(() => readOffsetsCsv(text, 'f')).toThrow(message);
  });

  it('reads back what it writes', () => {
    const row = fc.record({
      group: fc.string({ minLength: 1 }).filter((text) => !/[\r\n]/.test(text)),
      topic: fc.stringMatching(/^[a-zA-Z0-9._-]{1,20}$/),
      partition: fc.nat(10_000),
      offset: fc.maxSafeNat(),
    });
    const rows = fc.uniqueArray(row, {
      minLength: 1,
      selector: (each) => JSON.stringify([each.group, each.topic, each.partition]),
    });
    fc.assert(
      fc.property(rows, (written) => {
        expect(readOffsetsCsv(writeOffsetsCsv(written, true), 'f')).toEqual(written);
      }),
    );
  });
});
