import { type Finding, type FindingCode, type FindingPlace, finding } from '../findings.ts';

/** So many findings of one code are told one by one for each file; the rest is counted. */
const MAX_OF_ONE_KIND = 20;

/** What was found in one file or partition, without drowning the reader: memory stays small however damaged the bytes are. */
export class FindingList {
  readonly #found: Finding[] = [];
  readonly #counts = new Map<string, { code: FindingCode; file: string; count: number; last: Finding }>();

  add(code: FindingCode, file: string, detail: string, place: FindingPlace = {}): void {
    this.push(finding(code, file, detail, place));
  }

  push(found: Finding): void {
    const { code, file } = found;
    const key = `${code} ${file}`;
    const counted = this.#counts.get(key);
    if (counted === undefined) this.#counts.set(key, { code, file, count: 1, last: found });
    else {
      counted.count++;
      counted.last = found;
    }
    if ((counted?.count ?? 1) <= MAX_OF_ONE_KIND) this.#found.push(found);
  }

  /** The same list for files that a broker builds again anyway when it starts: what is wrong with them is no corruption. */
  rebuilt(): FindingList {
    const rebuilt = new FindingList();
    rebuilt.push = (found) => this.push(found.severity === 'corrupt' ? { ...found, severity: 'warning' } : found);
    return rebuilt;
  }

  /** All of them, with a line for what was only counted. */
  all(): readonly Finding[] {
    const rest = [...this.#counts.values()]
      .filter(({ count }) => count > MAX_OF_ONE_KIND)
      .map(({ code, file, count, last }) => {
        const detail = `and ${count - MAX_OF_ONE_KIND} more of these, the last at byte ${last.position ?? '-'}`;
        return finding(code, file, detail, { severity: last.severity });
      });
    return [...this.#found, ...rest];
  }
}
