const CHUNK = 64 * 1024;

/** Collects pieces of text and hands them on in larger ones. */
export class TextOut {
  #pending = '';
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  readonly add = (text: string): void => {
    this.#pending += text;
    if (this.#pending.length >= CHUNK) this.flush();
  };

  flush(): void {
    if (this.#pending === '') return;
    const text = this.#pending;
    this.#pending = '';
    this.#write(text);
  }
}
