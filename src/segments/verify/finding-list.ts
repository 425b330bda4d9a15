import { type Finding, type FindingCode, type FindingPlace, finding, type Severity } from '../findings.ts';

/** So many findings of one code are told one by one for each file; the rest is counted. */
const MAX_OF_ONE_KIND = 20;

interface Kind {
  readonly code: FindingCode;
  readonly file: string;
  count: number;
  /** Of the last one. */
  severity: Severity;
  position: number | null;
}

/** What was found in one file or partition, without drowning the reader: memory stays small however damaged the bytes are. */
export class FindingList {
  readonly #found: Finding[] = [];
  readonly #kinds = new Map<string, Kind>();

  /** `detail` is only made where it will be told. */
  add(code: FindingCode, file: string, detail: string | (() => string), place: FindingPlace = {}): void {
    const kind = this.#kinds.get(`${code} ${file}`);
    const told = (kind?.count ?? 0) < MAX_OF_ONE_KIND && typeof detail === 'function' ? detail() : detail;
    this.push(finding(code, file, typeof told === 'string' ? told : '', place));
  }

  push(found: Finding): void {
    const { code, file, severity, position } = found;
    const key = `${code} ${file}`;
    const kind = this.#kinds.get(key);
    if (kind === undefined) this.#kinds.set(key, { code, file, count: 1, severity, position });
    else Object.assign(kind, { count: kind.count + 1, severity, position });
    if ((kind?.count ?? 1) <= MAX_OF_ONE_KIND) this.#found.push(found);
  }

  /** Takes in all that another list was told. */
  absorb(other: FindingList): void {
    for (const found of other.#found) this.push(found);
    for (const [key, { count, severity, position }] of other.#kinds) {
      const kind = this.#kinds.get(key);
      const rest = count - MAX_OF_ONE_KIND;
      if (kind !== undefined && rest > 0) Object.assign(kind, { count: kind.count + rest, severity, position });
    }
  }

  /** The same list for files that a broker builds again anyway when it starts: what is wrong with them is no corruption. */
  rebuilt(): FindingList {
    const rebuilt = new FindingList();
    rebuilt.push = (found) => this.push(found.severity === 'corrupt' ? { ...found, severity: 'warning' } : found);
    return rebuilt;
  }

  /** All of them, with a line for what was only counted. */
  all(): readonly Finding[] {
    const rest = [...this.#kinds.values()]
      .filter(({ count }) => count > MAX_OF_ONE_KIND)
      .map(({ code, file, count, severity, position }) => {
        const detail = `and ${count - MAX_OF_ONE_KIND} more of these, the last at byte ${position ?? '-'}`;
        return finding(code, file, detail, { severity });
      });
    return [...this.#found, ...rest];
  }
}
