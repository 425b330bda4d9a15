/** Lets the wanted rows through: those behind the first `skip`, `limit` of them at most. */
export class Gate {
  #skip: number;
  #left: number;
  /** Rows that were let through. */
  passed = 0;

  constructor(skip: number, limit: number) {
    this.#skip = skip;
    this.#left = limit;
  }

  /** Whether no further row is wanted. */
  get closed(): boolean {
    return this.#left <= 0;
  }

  /** Whether every row is wanted as long as it is open. */
  get open(): boolean {
    return this.#skip <= 0;
  }

  /** Counts a row; whether it is one to show. */
  pass(): boolean {
    if (this.#skip > 0) {
      this.#skip--;
      return false;
    }
    if (this.#left <= 0) return false;
    this.#left--;
    this.passed++;
    return true;
  }
}
