import { describe, expect, it } from 'vitest';
import { Metadata, OffsetFetch, Produce } from '../../src/protocol/api/index.ts';
import { readRequestBody, readRequestHeader } from '../../src/protocol/frame.ts';
import {
  array,
  bool,
  decodeMessage,
  encodeMessage,
  int32,
  type Message,
  message,
  ProtocolError,
  Reader,
  string,
  struct,
} from '../../src/protocol/schema/index.ts';
import fc, { runs } from '../property.ts';
import { ALL_MESSAGES, versionsOf } from './all-messages.ts';
import { valuesOf } from './arbitrary.ts';

/** `fine`, or the reason of the ProtocolError. Anything else that is thrown fails the test. */
function outcome(run: () => unknown): string {
  try {
    run();
    return 'fine';
  } catch (error) {
    if (error instanceof ProtocolError) return error.reason;
    throw error;
  }
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe.each([...ALL_MESSAGES])('%s', (_, message: Message) => {
  const versions = versionsOf(message);

  it('random bytes are a value or a ProtocolError', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.constantFrom(0, 1, 2, 3, 0x7f, 0x80, 0xff), { maxLength: 200 }).map((all) => Uint8Array.from(all)),
    );
    fc.assert(
      fc.property(fc.constantFrom(...versions), bytes, (version, data) => {
        outcome(() => decodeMessage(message, version, Buffer.from(data)));
      }),
      { numRuns: runs(60) },
    );
  });

  it('a valid message with bytes changed is a value or a ProtocolError', () => {
    for (const version of versions) {
      const changes = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff))), {
        minLength: 1,
        maxLength: 4,
      });
      fc.assert(
        fc.property(valuesOf(message.fields, version), changes, (value, edits) => {
          const bytes = Buffer.from(encodeMessage(message, version, value));
          for (const [at, byte] of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          outcome(() => decodeMessage(message, version, bytes));
        }),
        { numRuns: runs(15) },
      );
    }
  });

  it('a message that is cut anywhere, or goes on, is a ProtocolError', () => {
    for (const version of versions) {
      fc.assert(
        fc.property(valuesOf(message.fields, version), (value) => {
          const bytes = encodeMessage(message, version, value);
          const step = Math.max(1, Math.floor(bytes.length / 400));
          for (let end = 0; end < bytes.length; end += step) {
            expect(outcome(() => decodeMessage(message, version, bytes.subarray(0, end)))).not.toBe('fine');
          }
          const longer = Buffer.concat([bytes, Buffer.alloc(1)]);
          expect(outcome(() => decodeMessage(message, version, longer))).toBe('trailing-bytes');
        }),
        { numRuns: runs(3) },
      );
    }
  });

  it('a version outside the range is a ProtocolError', () => {
    for (const version of [message.versions.min - 1, message.versions.max + 1, 32767, -1]) {
      expect(outcome(() => decodeMessage(message, version, Buffer.alloc(64)))).toBe('unsupported-version');
      expect(outcome(() => encodeMessage(message, version, {}))).toBe('unsupported-version');
    }
  });
});

describe('lengths', () => {
  const classic = message({
    versions: '0',
    flexible: 'none',
    fields: { text: string('0'), list: array('0', 'int32') },
  });
  const compact = message({ versions: '0', flexible: '0+', fields: { text: string('0'), list: array('0', 'int32') } });
  const nullable = message({ versions: '0', flexible: 'none', fields: { text: string('0', { nullable: '0' }) } });

  it.each([
    ['a negative string length', 'fffe', 'bad-length'],
    ['the most negative string length', '8000', 'bad-length'],
    ['a string longer than the frame', '7fff 61', 'truncated'],
    ['null where none is allowed', 'ffff 00000000', 'unexpected-null'],
    ['a negative array length', '0000 fffffffe', 'bad-length'],
    ['a null array', '0000 ffffffff', 'unexpected-null'],
    ['an array longer than the frame', '0000 7fffffff 00000001', 'bad-length'],
    ['one element too many', '0000 00000002 00000001', 'bad-length'],
  ])('%s', (_, bytes, reason) => {
    expect(outcome(() => decodeMessage(classic, 0, hex(bytes)))).toBe(reason);
  });

  it.each([
    ['a compact string longer than the frame', 'ffffffff0f', 'truncated'],
    ['a compact array of four billion', '01 ffffffff0f', 'bad-length'],
    ['null where none is allowed', '00', 'unexpected-null'],
    ['a varint of six bytes', '808080808001', 'bad-varint'],
    ['a varint of 33 bits', 'ffffffff1f', 'bad-varint'],
    ['a varint without an end', 'ffffffffffffffffff', 'bad-varint'],
    ['a varint that the frame cuts', 'ff', 'truncated'],
  ])('%s', (_, bytes, reason) => {
    expect(outcome(() => decodeMessage(compact, 0, hex(bytes)))).toBe(reason);
  });

  it('a padded varint of up to five bytes is read, as Kafka reads it', () => {
    expect(decodeMessage(compact, 0, hex('8280808000 61 01 00'))).toEqual({ text: 'a', list: [] });
  });

  it('null is -1 and nothing below', () => {
    expect(decodeMessage(nullable, 0, hex('ffff'))).toEqual({ text: null });
    expect(outcome(() => decodeMessage(nullable, 0, hex('fffe')))).toBe('bad-length');
  });
});

describe('scalars', () => {
  const flag = message({ versions: '0', flexible: 'none', fields: { flag: bool('0') } });
  const text = message({ versions: '0', flexible: 'none', fields: { text: string('0') } });

  it('a boolean is 0 or 1', () => {
    expect(decodeMessage(flag, 0, hex('01'))).toEqual({ flag: true });
    for (const byte of [2, 0x7f, 0x80, 0xff]) {
      expect(outcome(() => decodeMessage(flag, 0, Buffer.from([byte])))).toBe('bad-boolean');
    }
  });

  it.each([
    ['a lone continuation byte', '80'],
    ['an overlong slash', 'c0af'],
    ['a surrogate half', 'eda080'],
    ['a code point above U+10FFFF', 'f4908080'],
    ['a sequence that is cut', 'e282'],
  ])('text: %s', (_, bytes) => {
    const length = Buffer.alloc(2);
    length.writeInt16BE(bytes.length / 2);
    expect(outcome(() => decodeMessage(text, 0, Buffer.concat([length, hex(bytes)])))).toBe('bad-utf8');
  });

  it('a replacement character that was sent is text like any other', () => {
    expect(decodeMessage(text, 0, hex('0003 efbfbd'))).toEqual({ text: '\ufffd' });
    expect(decodeMessage(text, 0, hex('0003 efbbbf'))).toEqual({ text: '\ufeff' });
  });
});

describe('tagged fields', () => {
  const tagged = message({
    versions: '0',
    flexible: '0+',
    fields: {
      plain: int32('0'),
      one: int32('0', { tag: 1, default: -1 }),
      three: struct('0', { inner: string('0', { nullable: '0' }) }, { tag: 3, nullable: '0', default: null }),
    },
  });

  it.each([
    ['falling', '00000000 02 03 01 00 01 04 00000001'],
    ['the same one twice', '00000000 02 01 04 00000001 01 04 00000002'],
    ['the same unknown one twice', '00000000 02 09 00 09 00'],
    ['a size that is too small', '00000000 01 01 03 00000001'],
    ['a size that is too large', '00000000 01 01 05 00000001 00'],
  ])('%s', (_, bytes) => {
    expect(outcome(() => decodeMessage(tagged, 0, hex(bytes)))).toBe('bad-tag');
  });

  it.each([
    ['more tags than bytes', '00000000 ffffffff0f', 'bad-length'],
    ['an unknown tag larger than the frame', '00000000 01 09 ffffffff0f', 'truncated'],
    ['a known tag larger than the frame', '00000000 01 01 7f 00000001', 'truncated'],
  ])('%s', (_, bytes, reason) => {
    expect(outcome(() => decodeMessage(tagged, 0, hex(bytes)))).toBe(reason);
  });

  it('unknown tags are skipped: they are how newer peers speak', () => {
    const bytes = hex('00000007 04 00 02 aabb 01 04 00000001 02 00 05 01 ff');
    expect(decodeMessage(tagged, 0, bytes)).toEqual({ plain: 7, one: 1, three: null });
  });

  it('a tagged struct may be null on the wire, and present', () => {
    expect(decodeMessage(tagged, 0, hex('00000007 01 03 01 00'))).toEqual({ plain: 7, one: -1, three: null });
    expect(decodeMessage(tagged, 0, hex('00000007 01 03 04 01 02 61 00'))).toEqual({
      plain: 7,
      one: -1,
      three: { inner: 'a' },
    });
  });
});

describe('memory and time are bounded', () => {
  it('counts are believed only as far as there are bytes for them', () => {
    // A Metadata answer whose one topic claims 2^31 - 1 partitions.
    const valid = encodeMessage(Metadata.response, 1, { topics: [{ name: 'orders', partitions: [] }] });
    const bytes = Buffer.from(valid);
    bytes.writeInt32BE(0x7fff_ffff, bytes.length - 4);
    expect(outcome(() => decodeMessage(Metadata.response, 1, bytes))).toBe('bad-length');
  });

  it('arrays in arrays count together', () => {
    // 5 MB that decode to more than four million empty strings.
    const lists = message({
      versions: '0',
      flexible: '0+',
      fields: { lists: array('0', { list: array('0', 'string') }) },
    });
    const inner = 16_000;
    const one = Buffer.concat([hex('817d'), Buffer.alloc(inner, 1), hex('00')]);
    const count = 300;
    const bytes = Buffer.concat([hex('ad02'), ...Array.from({ length: count }, () => one), hex('00')]);
    expect(outcome(() => decodeMessage(lists, 0, bytes))).toBe('too-many-elements');
  });

  it('elements without a size of their own cannot be many', () => {
    const empty = message({ versions: '0', flexible: 'none', fields: { list: array('0', { later: int32('1') }) } });
    expect(outcome(() => decodeMessage(empty, 0, hex('7fffffff')))).toBe('bad-length');
  });

  it('a request frame: header, tags and body', () => {
    const bytes = fc.uint8Array({ maxLength: 120 });
    fc.assert(
      fc.property(bytes, fc.constantFrom(3, 8, 9, 13), (data, version) => {
        const reader = new Reader(Buffer.from(data));
        outcome(() => readRequestHeader(reader));
        if (version <= 10) outcome(() => readRequestBody(OffsetFetch, version, reader));
        else outcome(() => readRequestBody(Produce, version, reader));
      }),
      { numRuns: runs(500) },
    );
    const clientId = hex('0003 0001 00000001 fffe');
    expect(outcome(() => readRequestHeader(new Reader(clientId)))).toBe('bad-length');
  });
});

describe('what cannot be written is a ProtocolError, too', () => {
  it.each<[string, () => unknown]>([
    ['a field that the version lacks', () => encodeMessage(OffsetFetch.request, 7, { groups: [{ groupId: 'g' }] })],
    ['null where none is allowed', () => encodeMessage(OffsetFetch.request, 1, { groupId: 'g', topics: null })],
    ['a string over 32767 bytes', () => encodeMessage(OffsetFetch.request, 1, { groupId: 'g'.repeat(32_768) })],
    ['an int32 out of range', () => encodeMessage(Produce.request, 3, { timeoutMs: 2 ** 31 })],
    ['an int16 out of range', () => encodeMessage(Produce.request, 3, { acks: -40_000 })],
    [
      'an int64 that is no number',
      () =>
        encodeMessage(Produce.response, 3, {
          responses: [{ name: 't', partitionResponses: [{ baseOffset: Number.NaN }] }],
        }),
    ],
    ['a uuid of the wrong length', () => encodeMessage(Produce.request, 13, { topicData: [{ topicId: 'short' }] })],
    [
      'a uuid of other characters',
      () => encodeMessage(Produce.request, 13, { topicData: [{ topicId: '*'.repeat(22) }] }),
    ],
  ])('%s', (_, run) => {
    expect(outcome(run)).toBe('unrepresentable');
  });
});
