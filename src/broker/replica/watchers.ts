/** Whoever waits for something to change at a partition: long polls of consumers and followers. */
export type Watcher = () => void;

export class Watchers {
  readonly #watchers = new Set<Watcher>();

  add(watcher: Watcher): void {
    this.#watchers.add(watcher);
  }

  delete(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  wake(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
