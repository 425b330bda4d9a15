import { constants, isUtf8 } from 'node:buffer';
import { ProtocolError } from './error.ts';

/**
 * Elements that one frame may decode to, over all its arrays. A legal frame stays far below it (the largest real ones
 * are Metadata answers of some 100,000 partitions); it keeps a small hostile frame from becoming gigabytes of objects.
 */
const MAX_ELEMENTS = 4_000_000;

/** A bounds-checked cursor over one frame. Every read that would leave the frame is a ProtocolError. */
export class Reader {
  readonly buffer: Buffer;
  position: number;
  readonly end: number;
  #elements = 0;

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.buffer = buffer;
    this.position = start;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** Claims `length` bytes and returns where they start. */
  #take(length: number): number {
    const start = this.position;
    if (length > this.end - start) {
      throw new ProtocolError('truncated', `needs ${length} bytes at ${start}, ${this.end - start} are left`);
    }
    this.position = start + length;
    return start;
  }

  // The reads below index bytes that #take has checked. Buffer's own readInt32BE and kin would check them again, which
  // is felt in large frames, most of all in a process that has just started.
  int8(): number {
    return (this.uint8() << 24) >> 24;
  }

  uint8(): number {
    const at = this.#take(1);
    return this.buffer[at] as number;
  }

  int16(): number {
    return (this.uint16() << 16) >> 16;
  }

  uint16(): number {
    const at = this.#take(2);
    const { buffer } = this;
    return ((buffer[at] as number) << 8) | (buffer[at + 1] as number);
  }

  int32(): number {
    return this.#word(this.#take(4));
  }

  #word(at: number): number {
    const { buffer } = this;
    return (
      ((buffer[at] as number) << 24) |
      ((buffer[at + 1] as number) << 16) |
      ((buffer[at + 2] as number) << 8) |
      (buffer[at + 3] as number)
    );
  }

  uint32(): number {
    return this.#word(this.#take(4)) >>> 0;
  }

  /** An int64 as a number: exact up to 2^53, the nearest double beyond; the extremes come back as themselves on writing. */
  int64(): number {
    const at = this.#take(8);
    return this.#word(at) * 0x1_0000_0000 + (this.#word(at + 4) >>> 0);
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.#take(8));
  }

  bool(): boolean {
    const value = this.uint8();
    if (value > 1) throw new ProtocolError('bad-boolean', `boolean byte ${value} at ${this.position - 1}`);
    return value === 1;
  }

  /** Unsigned LEB128 of at most five bytes (32 bits), as compact lengths and tags are written. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.uint8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw new ProtocolError('bad-varint', `varint longer than 32 bits before ${this.position}`);
  }

  /** A Kafka Uuid in the 22-character base64url form that Kafka's own tools print. */
  uuid(): string {
    const at = this.#take(16);
    return this.buffer.toString('base64url', at, at + 16);
  }

  /** `length` bytes as a view on the frame: nothing is copied, so a caller that keeps it keeps the frame. */
  slice(length: number): Buffer {
    const at = this.#take(length);
    return this.buffer.subarray(at, at + length);
  }

  utf8(length: number): string {
    const at = this.#take(length);
    if (length > constants.MAX_STRING_LENGTH) throw new ProtocolError('bad-length', `string of ${length} bytes`);
    const text = this.buffer.toString('utf8', at, at + length);
    // Decoding puts U+FFFD where bytes are invalid; only then is it worth asking whether it stood there before.
    if (text.includes('\ufffd') && !isUtf8(this.buffer.subarray(at, at + length))) {
      throw new ProtocolError('bad-utf8', `string of ${length} bytes at ${at} is not UTF-8`);
    }
    return text;
  }

  /** Books `count` array elements of at least `minSize` bytes each, before anything is allocated for them. */
  elements(count: number, minSize: number): number {
    if (count * Math.max(1, minSize) > this.remaining) {
      throw new ProtocolError(
        'bad-length',
        `array of ${count} elements at ${this.position}, ${this.remaining} bytes are left`,
      );
    }
    this.#elements += count;
    if (this.#elements > MAX_ELEMENTS) {
      throw new ProtocolError('too-many-elements', `frame holds more than ${MAX_ELEMENTS} array elements`);
    }
    return count;
  }

  /** Throws unless the whole frame was read. */
  finish(): void {
    if (this.remaining > 0) {
      throw new ProtocolError('trailing-bytes', `${this.remaining} bytes are left after the message`);
    }
  }
}
