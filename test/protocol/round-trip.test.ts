import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage, type Message, Writer, writeMessage } from '../../src/protocol/schema/index.ts';
import fc, { runs } from '../property.ts';
import { ALL_MESSAGES, versionsOf } from './all-messages.ts';
import { defaultsOf, valuesOf, withoutDefaults } from './arbitrary.ts';

const RUNS = { numRuns: runs(12) };

describe.each([...ALL_MESSAGES])('%s', (_, message: Message) => {
  it('comes back whole in every version', () => {
    for (const version of versionsOf(message)) {
      fc.assert(
        fc.property(valuesOf(message.fields, version), (value) => {
          expect(decodeMessage(message, version, encodeMessage(message, version, value))).toEqual(value);
        }),
        RUNS,
      );
    }
  });

  it('says the same bytes with and without the fields that hold their defaults', () => {
    for (const version of versionsOf(message)) {
      fc.assert(
        fc.property(valuesOf(message.fields, version), (value) => {
          const short = withoutDefaults(message.fields, value);
          expect(encodeMessage(message, version, short)).toEqual(encodeMessage(message, version, value));
        }),
        RUNS,
      );
    }
  });

  it('an empty input means all defaults', () => {
    for (const version of versionsOf(message)) {
      expect(decodeMessage(message, version, encodeMessage(message, version, {}))).toEqual(defaultsOf(message.fields));
    }
  });

  it('the writer knows how much it wrote', () => {
    for (const version of versionsOf(message)) {
      fc.assert(
        fc.property(valuesOf(message.fields, version), (value) => {
          const writer = new Writer(1);
          writeMessage(message, version, writer, value);
          const { length } = writer;
          expect(writer.toBuffer().length).toBe(length);
        }),
        { numRuns: runs(3) },
      );
    }
  });
});
