/** A login module of `sasl.jaas.config`, with its options. */
export interface LoginModule {
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
}

/**
 * Parses `org.apache…PlainLoginModule required username="a" password="b";`. Values may be quoted with either quote, with
 * backslash escapes inside. Returns null for text of any other form.
 */
export function parseJaas(text: string): LoginModule | null {
  const match = /^\s*([\w.$]+)\s+(?:required|requisite|sufficient|optional)\b([\s\S]*);\s*$/i.exec(text);
  if (match === null) return null;
  const [, name = '', rest = ''] = match;
  const options = new Map<string, string>();
  const option = /\s*([\w.-]+)\s*=\s*(?:"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'|([^\s;"']+))/y;
  let end = 0;
  for (let found = option.exec(rest); found !== null; found = option.exec(rest)) {
    const [, key = '', double, single, bare = ''] = found;
    options.set(key, (double ?? single ?? bare).replace(/\\([\s\S])/g, '$1'));
    end = option.lastIndex;
  }
  return rest.slice(end).trim() === '' ? { name, options } : null;
}
