/*
 * xxHash64 with seed 0. Each 64-bit number is a pair of 32-bit halves, because BigInt would make this the slowest part
 * of decompression by far.
 */

type Half = number;

const P1: readonly [Half, Half] = [0x9e37_79b1, 0x85eb_ca87];
const P2: readonly [Half, Half] = [0xc2b2_ae3d, 0x27d4_eb4f];
const P3: readonly [Half, Half] = [0x1656_67b1, 0x9e37_79f9];
const P4: readonly [Half, Half] = [0x85eb_ca77, 0xc2b2_ae63];
const P5: readonly [Half, Half] = [0x27d4_eb2f, 0x1656_67c5];

/** A 64-bit register that works in place, so that a step allocates nothing. */
class Register {
  high: Half;
  low: Half;

  constructor(high: Half, low: Half) {
    this.high = high | 0;
    this.low = low | 0;
  }

  add(high: Half, low: Half): void {
    const sum = (this.low >>> 0) + (low >>> 0);
    this.high = (this.high + high + (sum > 0xffff_ffff ? 1 : 0)) | 0;
    this.low = sum | 0;
  }

  xor(high: Half, low: Half): void {
    this.high ^= high;
    this.low ^= low;
  }

  multiply([high, low]: readonly [Half, Half]): void {
    const a = this.low & 0xffff;
    const b = this.low >>> 16;
    const c = low & 0xffff;
    const d = low >>> 16;
    // The upper half of low * low, from products of sixteen bits each; all sums stay below 2^53.
    const middle = a * d + ((a * c) >>> 16);
    const carried = b * c + (middle % 0x1_0000);
    const upper = b * d + Math.floor(middle / 0x1_0000) + Math.floor(carried / 0x1_0000);
    this.high = (upper + Math.imul(this.high, low) + Math.imul(this.low, high)) | 0;
    this.low = Math.imul(this.low, low);
  }

  /** By 1 to 31 bits. */
  rotate(bits: number): void {
    const high = (this.high << bits) | (this.low >>> (32 - bits));
    this.low = (this.low << bits) | (this.high >>> (32 - bits));
    this.high = high;
  }

  /** Xors with itself moved right by `bits`. */
  xorShift(bits: number): void {
    if (bits >= 32) {
      this.low ^= bits === 32 ? this.high : this.high >>> (bits - 32);
      return;
    }
    this.low ^= (this.low >>> bits) | (this.high << (32 - bits));
    this.high ^= this.high >>> bits;
  }

  /** One round of a lane: takes in eight bytes. */
  round(high: Half, low: Half): void {
    lane.high = high;
    lane.low = low;
    lane.multiply(P2);
    this.add(lane.high, lane.low);
    this.rotate(31);
    this.multiply(P1);
  }
}

/** Scratch of `round` and `merge`. */
const lane = new Register(0, 0);

/** The lower 32 bits, unsigned, of the hash of `data[start, end)`: the checksum of Zstandard frames. */
export function xxh64Low(data: Buffer, start: number, end: number): number {
  let at = start;
  const hash = new Register(P5[0], P5[1]);
  if (end - start >= 32) {
    const lanes = [
      new Register(P1[0], P1[1]),
      new Register(P2[0], P2[1]),
      new Register(0, 0),
      new Register(0, 0),
    ] as const;
    lanes[0].add(P2[0], P2[1]);
    lanes[3].add(~P1[0], ~P1[1]);
    lanes[3].add(0, 1);
    for (; at + 32 <= end; at += 32) {
      lanes[0].round(data.readInt32LE(at + 4), data.readInt32LE(at));
      lanes[1].round(data.readInt32LE(at + 12), data.readInt32LE(at + 8));
      lanes[2].round(data.readInt32LE(at + 20), data.readInt32LE(at + 16));
      lanes[3].round(data.readInt32LE(at + 28), data.readInt32LE(at + 24));
    }
    mergeLanes(hash, lanes);
  }
  hash.add(Math.floor((end - start) / 0x1_0000_0000), end - start);
  const word = new Register(0, 0);
  for (; at + 8 <= end; at += 8) {
    word.high = 0;
    word.low = 0;
    word.round(data.readInt32LE(at + 4), data.readInt32LE(at));
    hash.xor(word.high, word.low);
    hash.rotate(27);
    hash.multiply(P1);
    hash.add(P4[0], P4[1]);
  }
  if (at + 4 <= end) {
    word.high = 0;
    word.low = data.readInt32LE(at);
    word.multiply(P1);
    hash.xor(word.high, word.low);
    hash.rotate(23);
    hash.multiply(P2);
    hash.add(P3[0], P3[1]);
    at += 4;
  }
  for (; at < end; at++) {
    word.high = 0;
    word.low = data[at] as number;
    word.multiply(P5);
    hash.xor(word.high, word.low);
    hash.rotate(11);
    hash.multiply(P1);
  }
  hash.xorShift(33);
  hash.multiply(P2);
  hash.xorShift(29);
  hash.multiply(P3);
  hash.xorShift(32);
  return hash.low >>> 0;
}

function mergeLanes(hash: Register, lanes: readonly Register[]): void {
  hash.high = 0;
  hash.low = 0;
  const turned = new Register(0, 0);
  for (const [index, register] of lanes.entries()) {
    turned.high = register.high;
    turned.low = register.low;
    turned.rotate([1, 7, 12, 18][index] as number);
    hash.add(turned.high, turned.low);
  }
  for (const register of lanes) {
    turned.high = 0;
    turned.low = 0;
    turned.round(register.high, register.low);
    hash.xor(turned.high, turned.low);
    hash.multiply(P1);
    hash.add(P4[0], P4[1]);
  }
}
