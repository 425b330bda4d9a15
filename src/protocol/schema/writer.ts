import { ProtocolError } from './error.ts';

/** From this size on bytes are passed on by reference (record data from a file to a socket) instead of being copied. */
const BY_REFERENCE = 1024;
const FIRST_BLOCK = 512;
const INT64_LIMIT = 2 ** 63;

/**
 * Writes one frame as a list of buffers. Small fields go into a growing block; large byte fields are linked in as they
 * are, so that a Fetch answer costs no copy of its records. Bytes given to it must not change until the frame is sent.
 */
export class Writer {
  #block: Buffer;
  #position = 0;
  /** Start of the part of the block that is not yet in `#parts`. */
  #start = 0;
  #parts: Buffer[] = [];
  #linked = 0;

  constructor(size = FIRST_BLOCK) {
    this.#block = Buffer.allocUnsafe(size);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#linked + this.#position - this.#start;
  }

  #reserve(length: number): number {
    const at = this.#position;
    if (at + length > this.#block.length) {
      const used = this.#block.subarray(this.#start, at);
      const grown = Buffer.allocUnsafe(Math.max(this.#block.length * 2, used.length + length));
      used.copy(grown);
      this.#block = grown;
      this.#start = 0;
      this.#position = used.length + length;
      return used.length;
    }
    this.#position = at + length;
    return at;
  }

  int8(value: number): void {
    const at = this.#reserve(1);
    this.#block.writeInt8(value, at);
  }

  uint8(value: number): void {
    const at = this.#reserve(1);
    this.#block[at] = value;
  }

  int16(value: number): void {
    const at = this.#reserve(2);
    this.#block.writeInt16BE(value, at);
  }

  uint16(value: number): void {
    const at = this.#reserve(2);
    this.#block.writeUInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.#reserve(4);
    this.#block.writeInt32BE(value, at);
  }

  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#block.writeUInt32BE(value, at);
  }

  /** A number as int64; what lies at or beyond the range becomes its extreme, so that Long.MAX_VALUE survives a round trip. */
  int64(value: number): void {
    const at = this.#reserve(8);
    if (value >= INT64_LIMIT) {
      this.#block.writeInt32BE(0x7fff_ffff, at);
      this.#block.writeUInt32BE(0xffff_ffff, at + 4);
    } else if (value < -INT64_LIMIT) {
      this.#block.writeInt32BE(-0x8000_0000, at);
      this.#block.writeUInt32BE(0, at + 4);
    } else if (!Number.isInteger(value)) {
      throw new ProtocolError('unrepresentable', `${value} is not an int64`);
    } else {
      const high = Math.floor(value / 0x1_0000_0000);
      this.#block.writeInt32BE(high, at);
      this.#block.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
    }
  }

  float64(value: number): void {
    const at = this.#reserve(8);
    this.#block.writeDoubleBE(value, at);
  }

  bool(value: boolean): void {
    this.uint8(value ? 1 : 0);
  }

  uvarint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.uint8((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.uint8(rest);
  }

  uuid(value: string): void {
    const at = this.#reserve(16);
    if (value.length !== 22 || this.#block.write(value, at, 16, 'base64url') !== 16) {
      throw new ProtocolError('unrepresentable', `not a Kafka uuid: "${value}"`);
    }
  }

  utf8(value: string, length: number): void {
    const at = this.#reserve(length);
    this.#block.write(value, at, length, 'utf8');
  }

  bytes(value: Buffer): void {
    if (value.length < BY_REFERENCE) {
      const at = this.#reserve(value.length);
      value.copy(this.#block, at);
      return;
    }
    this.#seal();
    this.#parts.push(value);
    this.#linked += value.length;
  }

  #seal(): void {
    if (this.#position === this.#start) return;
    this.#parts.push(this.#block.subarray(this.#start, this.#position));
    this.#linked += this.#position - this.#start;
    this.#start = this.#position;
  }

  /** What was written, in order, without a copy. The writer is spent afterwards. */
  parts(): Buffer[] {
    this.#seal();
    return this.#parts;
  }

  /** What was written, as one buffer. */
  toBuffer(): Buffer {
    const parts = this.parts();
    const [only] = parts;
    return parts.length === 1 && only ? only : Buffer.concat(parts, this.#linked);
  }
}
