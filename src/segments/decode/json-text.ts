/** What JSON can say, and integers that a number cannot. */
export type Json = string | number | boolean | null | Int64 | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** An integer beyond 2^53: digits in Kafka's text, a string in our documents. */
export class Int64 {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }

  toJSON(): string {
    return this.digits;
  }
}

/** JSON text as Kafka's tools print it: without spaces, control characters as \u001F. */
export function compactJson(json: Json): string {
  if (json instanceof Int64) return json.digits;
  if (typeof json === 'string') return quoted(json);
  if (json === null || typeof json !== 'object') return String(json);
  if (Array.isArray(json)) return `[${json.map(compactJson).join(',')}]`;
  const fields = Object.entries(json as JsonObject).map(([name, value]) => `${quoted(name)}:${compactJson(value)}`);
  return `{${fields.join(',')}}`;
}

function quoted(text: string): string {
  const json = JSON.stringify(text);
  if (!json.includes('\\u00')) return json;
  return json.replace(/\\\\|\\u00[0-9a-f]{2}/g, (found) =>
    found === '\\\\' ? found : `\\u${found.slice(2).toUpperCase()}`,
  );
}
