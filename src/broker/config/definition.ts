/** The types of Kafka's settings, with the numbers that DescribeConfigs gives them on the wire. */
export const CONFIG_TYPE = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
} as const;
export type ConfigType = keyof typeof CONFIG_TYPE;

/** How a broker's setting may change while it runs. */
export type UpdateMode = 'read-only' | 'cluster-wide' | 'per-broker';

export interface ConfigDefinition {
  readonly name: string;
  readonly type: ConfigType;
  /** As text, the way Kafka prints it; null where there is none. */
  readonly default: string | null;
  readonly update: UpdateMode;
  readonly min?: number;
  readonly max?: number;
  /** The values that are allowed; for a list, those that its items may have. */
  readonly values?: readonly string[];
}

interface Limits {
  readonly min?: number;
  readonly max?: number;
  readonly values?: readonly string[];
}

export function define(
  name: string,
  type: ConfigType,
  defaultValue: string | null,
  update: UpdateMode,
  limits: Limits = {},
): ConfigDefinition {
  return { name, type, default: defaultValue, update, ...limits };
}

const INTEGER_LIMITS: { readonly [T in ConfigType]?: readonly [number, number] } = {
  short: [-0x8000, 0x7fff],
  int: [-0x8000_0000, 0x7fff_ffff],
  long: [-(2 ** 63), 2 ** 63],
};

/** Why a value cannot be a setting's, in words; null where it can. */
export function invalidValue(definition: ConfigDefinition, value: string): string | null {
  const reject = (why: string) => `Invalid value ${value} for configuration ${definition.name}: ${why}`;
  switch (definition.type) {
    case 'boolean':
      return /^(true|false)$/i.test(value.trim()) ? null : reject('Expected value to be either true or false');
    case 'short':
    case 'int':
    case 'long':
      return invalidInteger(definition, value, reject);
    case 'double':
      return invalidDouble(definition, value, reject);
    case 'list':
      return invalidList(definition, value, reject);
    default: {
      const allowed = definition.values;
      return allowed === undefined || allowed.includes(value)
        ? null
        : reject(`String must be one of: ${allowed.join(', ')}`);
    }
  }
}

type Reject = (why: string) => string;

function invalidInteger(definition: ConfigDefinition, value: string, reject: Reject): string | null {
  const text = value.trim();
  const [least, most] = INTEGER_LIMITS[definition.type] ?? [0, 0];
  const number = Number(text);
  if (!/^[+-]?\d+$/.test(text) || number < least || number > most) {
    return reject(`Not a number of type ${definition.type.toUpperCase()}`);
  }
  return outOfRange(definition, number, reject);
}

function invalidDouble(definition: ConfigDefinition, value: string, reject: Reject): string | null {
  const number = Number(value);
  if (value.trim() === '' || Number.isNaN(number)) return reject('Not a number of type DOUBLE');
  return outOfRange(definition, number, reject);
}

function outOfRange(definition: ConfigDefinition, number: number, reject: Reject): string | null {
  if (definition.min !== undefined && number < definition.min)
    return reject(`Value must be at least ${definition.min}`);
  if (definition.max !== undefined && number > definition.max) {
    return reject(`Value must be no more than ${definition.max}`);
  }
  return null;
}

function invalidList(definition: ConfigDefinition, value: string, reject: Reject): string | null {
  if (definition.values === undefined) return null;
  const wrong = listItems(value).find((item) => definition.values?.includes(item) === false);
  return wrong === undefined ? null : reject(`String must be one of: ${definition.values.join(', ')}`);
}

export function listItems(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** The known name that is closest to a wrong one, or null where none is close. */
export function nearestName(name: string, known: Iterable<string>): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name, candidate, bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? limit;
}
