import { type Field, type Fields, includes, type Message } from '../../src/protocol/schema/index.ts';

/** One field of one version of a message, as it travels. */
export interface LayoutField {
  /** `groups[].topics[].name` */
  readonly path: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly tag: number | undefined;
  /** `empty` for arrays, structs, bytes and uuids. */
  readonly default: string | number | boolean | null;
  readonly ignorable: boolean;
}

/** What one version of a message looks like on the wire: its fields in order, tagged ones last in each struct. */
export interface Layout {
  readonly flexible: boolean;
  readonly fields: readonly LayoutField[];
}

export function layoutOf(message: Message, version: number): Layout {
  return { flexible: includes(message.flexible, version), fields: expand(message.fields, version, '') };
}

function expand(fields: Fields, version: number, parent: string): LayoutField[] {
  const here = Object.entries(fields).filter(([, field]) => includes(field.versions, version));
  const isTagged = ([, field]: readonly [string, Field]) => field.tag !== undefined && includes(field.tagged, version);
  const tagged = here.filter(isTagged).sort(([, a], [, b]) => (a.tag ?? 0) - (b.tag ?? 0));
  return [...here.filter((entry) => !isTagged(entry)), ...tagged].flatMap(([name, field]) => {
    const { type, parts } = typeOf(field);
    const path = parent + name;
    const described: LayoutField = {
      path,
      type,
      nullable: includes(field.nullable, version),
      tag: isTagged([name, field]) ? field.tag : undefined,
      default: field.default === undefined ? zeroOf(type) : field.default,
      ignorable: field.ignorable,
    };
    const prefix = field.type.kind === 'array' ? `${path}[].` : `${path}.`;
    return [described, ...(parts ? expand(parts, version, prefix) : [])];
  });
}

function typeOf(field: Field): { type: string; parts?: Fields } {
  switch (field.type.kind) {
    case 'scalar':
      return { type: field.type.scalar };
    case 'struct':
      return { type: 'struct', parts: field.type.fields };
    case 'array': {
      const { element } = field.type;
      if (typeof element === 'string') return { type: `array of ${element}` };
      return { type: 'array of struct', parts: element };
    }
  }
}

function zeroOf(type: string): LayoutField['default'] {
  if (type === 'bool') return false;
  if (type === 'string') return '';
  return /^(u?int|float)/.test(type) ? 0 : 'empty';
}

/** What is different, in words; empty for equal layouts. */
export function differences(ours: Layout, theirs: Layout): string[] {
  const found: string[] = [];
  if (ours.flexible !== theirs.flexible) found.push(`flexible: ${ours.flexible}, not ${theirs.flexible}`);
  const mine = new Map(ours.fields.map((field) => [field.path, field]));
  const other = new Map(theirs.fields.map((field) => [field.path, field]));
  for (const path of mine.keys()) if (!other.has(path)) found.push(`${path}: only here`);
  for (const path of other.keys()) if (!mine.has(path)) found.push(`${path}: only there`);
  const order = [...mine.keys()].filter((path) => other.has(path));
  const otherOrder = [...other.keys()].filter((path) => mine.has(path));
  const moved = order.findIndex((path, i) => path !== otherOrder[i]);
  if (moved >= 0) found.push(`order: ${order[moved]}, not ${otherOrder[moved]}`);
  for (const [path, field] of mine) {
    const counterpart = other.get(path);
    if (counterpart === undefined) continue;
    for (const key of ['type', 'nullable', 'tag', 'default', 'ignorable'] as const) {
      if (field[key] !== counterpart[key]) found.push(`${path}: ${key} ${field[key]}, not ${counterpart[key]}`);
    }
  }
  return found;
}
