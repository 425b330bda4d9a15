const LENGTH_SIZE = 4;
/** Memory that is taken on the word of a length alone. The buffer of a longer frame grows with the bytes that come. */
const FIRST_BYTES = 1 << 20;

/** The length in front of a frame is no length, or beyond `socket.request.max.bytes`. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/**
 * Cuts a byte stream into frames (four bytes of length, then the frame). A frame that lies in one chunk is a view of
 * it; any other is put together in one buffer of its size, so that each byte is copied once, or twice beyond 1 MiB.
 */
export class FrameAssembler {
  readonly #maxBytes: number;
  readonly #length = Buffer.alloc(LENGTH_SIZE);
  #lengthFilled = 0;
  #frame: Buffer | null = null;
  #size = 0;
  #filled = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Feeds a chunk; `onFrame` is called for each frame that it completes. Throws FrameError. */
  push(chunk: Buffer, onFrame: (frame: Buffer) => void): void {
    let position = 0;
    while (position < chunk.length) {
      if (this.#frame !== null) {
        position += this.#fill(this.#frame, chunk, position, onFrame);
        continue;
      }
      const missing = LENGTH_SIZE - this.#lengthFilled;
      if (chunk.length - position < missing) {
        chunk.copy(this.#length, this.#lengthFilled, position);
        this.#lengthFilled += chunk.length - position;
        return;
      }
      chunk.copy(this.#length, this.#lengthFilled, position, position + missing);
      position += missing;
      this.#lengthFilled = 0;
      const size = this.#checked(this.#length.readInt32BE(0));
      if (chunk.length - position >= size) {
        onFrame(chunk.subarray(position, position + size));
        position += size;
      } else {
        // Not from the pool: record data of the frame may be kept for as long as the log lives.
        this.#frame = Buffer.allocUnsafeSlow(Math.min(size, FIRST_BYTES));
        this.#size = size;
        this.#filled = 0;
      }
    }
  }

  #fill(frame: Buffer, chunk: Buffer, position: number, onFrame: (frame: Buffer) => void): number {
    const count = Math.min(chunk.length - position, this.#size - this.#filled);
    const target = this.#withRoom(frame, this.#filled + count);
    chunk.copy(target, this.#filled, position, position + count);
    this.#filled += count;
    this.#frame = target;
    if (this.#filled === this.#size) {
      this.#frame = null;
      onFrame(target);
    }
    return count;
  }

  #withRoom(frame: Buffer, needed: number): Buffer {
    if (needed <= frame.length) return frame;
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#size, Math.max(needed, 2 * frame.length)));
    frame.copy(grown, 0, 0, this.#filled);
    return grown;
  }

  #checked(size: number): number {
    if (size < 0 || size > this.#maxBytes) {
      throw new FrameError(`a request of ${size} bytes, ${this.#maxBytes} is the limit (socket.request.max.bytes)`);
    }
    return size;
  }
}
