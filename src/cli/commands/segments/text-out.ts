const CHUNK = 64 * 1024;
/** Texts are joined up to here and then leave the heap: what waits to be written costs no garbage collection. */
const PIECE = 4 * 1024;
/** Longer texts are written part by part: in one they would be in memory twice. */
const PART = 1024 * 1024;
/** Bytes that one UTF-16 unit may take in UTF-8. */
const WIDEST = 3;

/** Collects pieces of text and hands them on in larger ones, as UTF-8. */
export class TextOut {
  #text = '';
  #bytes: Buffer | null = null;
  #filled = 0;
  readonly #write: (data: string | Buffer) => void;

  constructor(write: (data: string | Buffer) => void) {
    this.#write = write;
  }

  readonly add = (text: string): void => {
    this.#text += text;
    if (this.#text.length >= PIECE) this.#encode();
  };

  flush(): void {
    this.#encode();
    this.#flushBytes();
  }

  #encode(): void {
    const text = this.#text;
    if (text === '') return;
    this.#text = '';
    if (text.length * WIDEST > CHUNK - this.#filled) this.#flushBytes();
    if (text.length * WIDEST > CHUNK) {
      for (const part of parts(text)) this.#write(part);
      return;
    }
    // Whoever takes a chunk may keep it for a while, so that the next one needs memory of its own.
    this.#bytes ??= Buffer.allocUnsafeSlow(CHUNK);
    this.#filled += this.#bytes.write(text, this.#filled);
  }

  #flushBytes(): void {
    if (this.#bytes === null) return;
    const chunk = this.#bytes.subarray(0, this.#filled);
    this.#bytes = null;
    this.#filled = 0;
    this.#write(chunk);
  }
}

/** A text in parts that do not end between the two halves of a character. */
function* parts(text: string): Generator<string, void, void> {
  for (let at = 0; at < text.length; ) {
    const half = /[\ud800-\udbff]/.test(text.charAt(at + PART - 1)) ? 1 : 0;
    const end = at + PART - half;
    yield text.slice(at, end);
    at = end;
  }
}
