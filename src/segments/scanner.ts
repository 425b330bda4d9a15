import {
  BATCH_OVERHEAD,
  isControl,
  isValidCrc,
  LENGTH_AT,
  LOG_OVERHEAD,
  lastOffset,
  MAGIC_AT,
  MIN_LENGTH,
  magic,
} from '../records/index.ts';
import { isPlausible } from './plausible.ts';
import { endOfZeros, findNextBatch, type SearchBudget, searchBudget } from './resync.ts';
import type { ByteSource } from './source.ts';
import { Window } from './window.ts';

/** Batches beyond this size are not taken into memory: Kafka's own limit for one (message.max.bytes) is 1 MiB by default. */
export const MAX_BATCH_IN_MEMORY = 64 * 1024 * 1024;

export interface ScanOptions {
  /** Where to begin: the start of a batch. */
  readonly from?: number;
  /** Read whole batches, not only their headers. */
  readonly bodies: boolean;
  /** Compare every checksum; needs bodies. */
  readonly crc: boolean;
  /** What somebody else has already found sound: such batches are walked over by their headers. */
  readonly sound?: SoundRanges;
  /** Memory to read into, of a scanner that is not used any more. */
  readonly buffer?: Buffer;
}

/** Stretches of a log in which somebody else has compared the checksums. */
export interface SoundRanges {
  /**
   * Asked with the start of a batch. The end of a stretch of whole batches from there on whose checksums all fit; the same
   * position where nothing is known. May wait a moment for an answer that is on its way.
   */
  soundUntil(position: number): number;
}

export type DamageKind =
  /** The file ends within a batch, and nothing readable lies behind its start. */
  | 'torn'
  /** Zeros, at the end or within the file. */
  | 'zeros'
  /** A length that is too small, or too large for what follows. */
  | 'length'
  /** A format that nobody knows. */
  | 'magic'
  /** The checksum does not fit and no batch begins where this one should end: the length may be what is wrong. */
  | 'framing'
  /** A batch that is too large to be taken into memory. */
  | 'oversized'
  /** The file became shorter while it was read. */
  | 'shrunk';

/** Bytes of a log that are not read as batches. */
export interface Damage {
  readonly kind: DamageKind;
  readonly position: number;
  readonly length: number;
  /** Nothing readable lies behind it. */
  readonly toEnd: boolean;
}

/**
 * Walks over the batches of a log, and over what is damaged in it: behind bytes that are no batch it looks for the next
 * sound one. After 'batch' the batch's header (or all of it) lies in `buffer` at `at`, and in the file at `position`;
 * `valid` tells whether its checksum fits (null when it was not compared). After 'damage' see `damage`.
 */
export class SegmentScanner {
  at = 0;
  position: number;
  size = 0;
  valid: boolean | null = null;
  damage: Damage | null = null;
  /** One behind the last offset of the last good batch; -1 before the first. */
  nextOffset = -1;
  readonly #source: ByteSource;
  readonly #window: Window;
  readonly #options: ScanOptions;
  #next: number;
  #legacy = true;
  #soundEnd = -1;
  /** Up to here the lengths of bad batches were found to be right. */
  #framedUntil = -1;
  #searched: { readonly from: number; readonly found: number | null } | null = null;
  readonly #budget: SearchBudget;

  constructor(source: ByteSource, options: ScanOptions) {
    this.#source = source;
    this.#options = options;
    this.#window = new Window(source, options.bodies, options.buffer);
    this.position = options.from ?? 0;
    this.#next = this.position;
    this.#budget = searchBudget(source.size);
  }

  get buffer(): Buffer {
    return this.#window.buffer;
  }

  next(): 'batch' | 'damage' | 'end' {
    const position = this.#next;
    this.position = position;
    const left = this.#source.size - position;
    if (left <= 0) return 'end';
    const sound = this.#isSound(position);
    if (left <= MAGIC_AT) return this.#damaged('torn', position);
    const header = Math.min(left, BATCH_OVERHEAD);
    const at = this.#window.need(position, header);
    if (at < 0) return this.#shrunk(position);
    const buffer = this.#window.buffer;
    const minLength = MIN_LENGTH[buffer[at + MAGIC_AT] as number];
    const length = buffer.readInt32BE(at + LENGTH_AT);
    if (minLength === undefined) return this.#damaged('magic', position);
    if (length < minLength) return this.#damaged(isZero(buffer, at, header) ? 'zeros' : 'length', position);
    const size = LOG_OVERHEAD + length;
    if (size > left) return this.#damaged('torn', position);
    if (sound) return this.#soundBatch(position, size, header);
    if (!this.#options.bodies) {
      this.#window.expect(size);
      if (!isPlausible(buffer, at, header, left, -1) && !this.#batchFollows(position + size)) {
        return this.#damaged('length', position);
      }
      this.at = this.#window.need(position, header);
      return this.#accept(size, null);
    }
    if (size > MAX_BATCH_IN_MEMORY) return this.#oversized(position, size);
    const whole = this.#window.need(position, size);
    if (whole < 0) return this.#shrunk(position);
    this.at = whole;
    if (!this.#options.crc) return this.#accept(size, null);
    if (isValidCrc(this.#window.buffer, whole)) return this.#accept(size, true);
    if (!this.#isFramed(position, size)) return this.#damaged('framing', position);
    this.at = this.#window.need(position, size);
    this.size = size;
    this.valid = false;
    this.#next = position + size;
    return 'batch';
  }

  /** Whether somebody else has already compared the checksum of the batch at `position`. */
  #isSound(position: number): boolean {
    const { sound } = this.#options;
    if (sound === undefined) return false;
    if (position >= this.#soundEnd) this.#soundEnd = sound.soundUntil(position);
    const isSound = position < this.#soundEnd;
    this.#window.whole = !isSound;
    return isSound;
  }

  /** Its header, and all of it where a reader needs more than a header to know what the batch is. */
  #soundBatch(position: number, size: number, header: number): 'batch' | 'damage' {
    this.#window.expect(size);
    const at = this.#window.need(position, header);
    const wholly = magic(this.#window.buffer, at) < 2 || isControl(this.#window.buffer, at);
    this.at = wholly ? this.#window.need(position, size) : at;
    return this.at < 0 ? this.#shrunk(position) : this.#accept(size, true);
  }

  #accept(size: number, valid: boolean | null): 'batch' {
    this.size = size;
    this.valid = valid;
    this.#next = this.position + size;
    this.#searched = null;
    const last = lastOffset(this.#window.buffer, this.at);
    if (last >= this.nextOffset) this.nextOffset = last + 1;
    this.#legacy = (this.#window.buffer[this.at + MAGIC_AT] as number) < 2;
    return 'batch';
  }

  /** Whether the file ends at `position`, or something begins there that looks like a batch or like unused space. */
  #batchFollows(position: number): boolean {
    const left = this.#source.size - position;
    if (left <= MAGIC_AT) return left >= 0;
    const header = Math.min(left, BATCH_OVERHEAD);
    const at = this.#window.need(position, header);
    if (at < 0) return false;
    const buffer = this.#window.buffer;
    // Whatever its length says: the tail may be torn.
    return isZero(buffer, at, header) || isPlausible(buffer, at, header, Number.MAX_SAFE_INTEGER, this.nextOffset);
  }

  /**
   * Whether the length of a batch can be believed whose checksum fails: behind it the log goes on, with a sound batch, or with
   * bad ones that lead to the next sound batch there is. A wrong length may end before bytes that look like a header, too.
   */
  #isFramed(position: number, size: number): boolean {
    const end = position + size;
    if (end <= this.#framedUntil) return true;
    if (!this.#batchFollows(end)) return false;
    if (this.#isSoundAt(end)) return true;
    const sound = this.#nextSound(position + 1);
    if (sound === null) return true;
    if (sound < end) return false;
    const header = Buffer.alloc(BATCH_OVERHEAD);
    for (let at = end; at < sound; ) {
      const got = this.#source.readInto(header, 0, header.length, at);
      if (!isPlausible(header, 0, got, this.#source.size - at, -1)) return false;
      at += LOG_OVERHEAD + header.readInt32BE(LENGTH_AT);
      if (at > sound) return false;
    }
    this.#framedUntil = sound;
    return true;
  }

  /** Whether the file ends at `position`, or is unused from there on, or a batch begins there whose checksum fits. */
  #isSoundAt(position: number): boolean {
    const left = this.#source.size - position;
    if (left <= MAGIC_AT) return left === 0;
    const header = Math.min(left, BATCH_OVERHEAD);
    const at = this.#window.need(position, header);
    if (isZero(this.#window.buffer, at, header)) return true;
    const size = LOG_OVERHEAD + this.#window.buffer.readInt32BE(at + LENGTH_AT);
    if (size > Math.min(left, MAX_BATCH_IN_MEMORY)) return false;
    const whole = this.#window.need(position, size);
    return whole >= 0 && isValidCrc(this.#window.buffer, whole);
  }

  /** Where the next sound batch lies from `from` on; null where there is none. The last answer holds up to where it points. */
  #nextSound(from: number): number | null {
    const known = this.#searched;
    if (known !== null && from >= known.from && from <= (known.found ?? this.#source.size)) return known.found;
    const options = { legacy: this.#legacy, budget: this.#budget };
    const found = findNextBatch(this.#source, from, this.nextOffset, options);
    this.#searched = { from, found };
    return found;
  }

  #oversized(position: number, size: number): 'damage' | 'end' {
    if (!this.#batchFollows(position + size)) return this.#damaged('length', position);
    return this.#report('oversized', position, position + size, false);
  }

  #shrunk(position: number): 'damage' {
    return this.#report('shrunk', position, this.#source.size, true);
  }

  /** Looks for where the log goes on. The rest of a torn batch may have been written, or cut off by a limit, since this log was opened. */
  #damaged(kind: DamageKind, position: number): 'damage' | 'end' {
    let from = position + 1;
    let zerosEnd = -1;
    if (kind === 'zeros') {
      zerosEnd = endOfZeros(this.#source, position);
      // A batch begins with zeros of its own.
      from = Math.max(from, zerosEnd - MAGIC_AT);
    }
    const found = zerosEnd === this.#source.size ? null : this.#nextSound(from);
    // A torn batch has nothing behind it; where something is, its length was wrong.
    const actual = kind === 'torn' && found !== null ? 'length' : kind;
    if (actual === 'torn' && this.#source.sizeNow() > this.#source.size) return 'end';
    return this.#report(actual, position, found ?? this.#source.size, found === null);
  }

  #report(kind: DamageKind, position: number, end: number, toEnd: boolean): 'damage' {
    this.damage = { kind, position, length: end - position, toEnd };
    this.size = end - position;
    this.#next = end;
    return 'damage';
  }
}

function isZero(buffer: Buffer, at: number, bytes: number): boolean {
  for (let i = at; i < at + bytes; i++) if (buffer[i] !== 0) return false;
  return true;
}
