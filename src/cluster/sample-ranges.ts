const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [...'"\\,[]{}'].map((each) => each.charCodeAt(0));
/** How each recording begins, and what stands before its samples. */
const BEGIN = Buffer.from('{"kind":"recording"');
const SAMPLES = Buffer.from('"samples":[');

/** Where the samples of a recording lie in the bytes of its JSON, and the list that holds them; from and to, in bytes. */
export interface SampleRanges {
  readonly list: readonly [from: number, to: number];
  readonly samples: readonly (readonly [from: number, to: number])[];
}

/**
 * Finds the samples of a recording without reading them, so that they can be read one after the other: all at once they
 * take several times the memory of what is kept of them. Null where the text is not as kmedic writes it, or is cut off.
 */
export function sampleRanges(json: Buffer): SampleRanges | null {
  if (!json.subarray(0, BEGIN.length).equals(BEGIN)) return null;
  const samples: [number, number][] = [];
  let depth = 0;
  let list: number | null = null;
  let from = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) {
      if (depth === 1 && list === null && json.subarray(at, at + SAMPLES.length).equals(SAMPLES)) {
        at += SAMPLES.length - 1;
        depth = 2;
        list = at;
        from = at + 1;
        continue;
      }
      at = endOfText(json, at);
      if (at < 0) return null;
    } else if (byte === OPEN || byte === OPEN_LIST) depth++;
    else if (byte === CLOSE || byte === CLOSE_LIST) {
      depth--;
      if (depth === 1 && list !== null) {
        if (at > from) samples.push([from, at]);
        return { list: [list, at + 1], samples };
      }
    } else if (byte === COMMA && depth === 2 && list !== null) {
      samples.push([from, at]);
      from = at + 1;
    }
  }
  return null;
}

/** The closing quote of a text that begins at `from`; -1 where there is none. */
function endOfText(json: Buffer, from: number): number {
  for (let at = from + 1; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
  }
  return -1;
}
