import {
  METADATA_TOPIC,
  OFFSETS_TOPIC,
  SHARE_STATE_TOPIC,
  TRANSACTION_STATE_TOPIC,
} from '../protocol/internal-topics.ts';
import type { Recording } from './recording.ts';

/**
 * A recording without names. What a value is, is known from the name of its field; a field that is not in these tables is
 * free text, in which every known name, and whatever looks like an address or a path, is replaced.
 */

type Category =
  | 'cluster'
  | 'group'
  | 'topic'
  | 'topic-id'
  | 'client'
  | 'instance'
  | 'member'
  | 'host'
  | 'rack'
  | 'transaction'
  | 'key'
  | 'dir'
  | 'metadata'
  | 'assignor'
  | 'protocol';

/** Fields that hold a name, or a list of names. */
const NAMES: Readonly<Record<string, Category>> = {
  group: 'group',
  topic: 'topic',
  topicId: 'topic-id',
  subscribedTopics: 'topic',
  clientId: 'client',
  instanceId: 'instance',
  memberId: 'member',
  leader: 'member',
  host: 'host',
  rack: 'rack',
  transactionalId: 'transaction',
  key: 'key',
  path: 'dir',
  metadata: 'metadata',
  protocol: 'assignor',
  protocolType: 'protocol',
  id: 'cluster',
  groups: 'group',
  topics: 'topic',
};

/** Fields whose text is Kafka's or kmedic's own. */
const OWN_WORDS = new Set(['kind', 'at', 'type', 'state', 'source', 'api', 'error', 'name', 'from', 'to']);

/** Names that are Kafka's own, and tell nothing. */
const PUBLIC = new Set([
  '',
  OFFSETS_TOPIC,
  TRANSACTION_STATE_TOPIC,
  SHARE_STATE_TOPIC,
  METADATA_TOPIC,
  'range',
  'roundrobin',
  'sticky',
  'cooperative-sticky',
  'uniform',
  'simple',
  'RoundRobinAssigner',
  'stream',
  'consumer',
  'connect',
  'share',
  'streams',
  'sessioned',
  'compatible',
  'default',
]);

/** Settings whose words are one of a few that Kafka knows; of all others only numbers and truth values are kept. */
const WORDED_CONFIGS = /(?:^|\.)(?:cleanup\.policy|compression\.type|message\.timestamp\.type|process\.roles)$/;
const PLAIN_VALUE = /^(?:-?\d+(?:\.\d+)?|true|false)$/;
/** Kafka's own settings; a plugin's or a listener's begin with a name that somebody chose. */
const KAFKA_CONFIG =
  /^(?:alter|auto|background|broker|cleanup|compression|connection|connections|controlled|controller|default|delegation|delete|eligible|fetch|file|flush|follower|group|index|initial|kmedic|leader|local|log|max|message|metadata|metrics|min|node|num|offset|offsets|preallocate|process|producer|queued|quota|remote|replica|replication|request|reserved|retention|sasl\.server|segment|share|socket|ssl\.client|streams|telemetry|transaction|transactional|unclean|unstable)\b/;

/**
 * Replaces names consistently: the same name of the same kind is the same alias everywhere. Aliases are numbered in the
 * order of the names, so that what was sorted stays sorted. Structure, numbers, times and Kafka's own words are kept.
 */
export function redact(recording: Recording): Recording {
  const found = new Map<Category, Set<string>>();
  collect(recording, null, found);
  collectScopes(recording, found);
  const aliases = aliasesOf(found);
  const replaced = replace(withoutConfigSecrets(recording), null, new Redactor(aliases)) as Recording;
  return { ...replaced, redacted: true };
}

function collect(value: unknown, field: string | null, found: Map<Category, Set<string>>): void {
  if (typeof value === 'string') {
    const category = field === null ? undefined : NAMES[field];
    if (category === undefined || PUBLIC.has(value)) return;
    const known = found.get(category);
    if (known === undefined) found.set(category, new Set([value]));
    else known.add(value);
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, field, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) collect(item, name, found);
  }
}

/** Groups and topics that are only known from what went wrong with them. */
function collectScopes(value: unknown, found: Map<Category, Set<string>>): void {
  if (Array.isArray(value)) for (const item of value) collectScopes(item, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      const [, kind, subject] = name === 'scope' && typeof item === 'string' ? (SCOPE.exec(item) ?? []) : [];
      if (kind !== undefined && subject !== undefined) collect(subject, kind, found);
      collectScopes(item, found);
    }
  }
}

const SCOPE = /^(group|topic) (.+)$/s;

type Aliases = ReadonlyMap<Category, ReadonlyMap<string, string>>;

function aliasesOf(found: ReadonlyMap<Category, ReadonlySet<string>>): Aliases {
  return new Map(
    [...found].map(([category, names]) => {
      const width = String(names.size).length;
      const sorted = [...names].sort();
      return [
        category,
        new Map(sorted.map((name, index) => [name, `${category}-${String(index + 1).padStart(width, '0')}`])),
      ];
    }),
  );
}

function replace(value: unknown, field: string | null, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.string(value, field);
  if (Array.isArray(value)) return value.map((item) => replace(item, field, redactor));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, replace(item, name, redactor)]));
}

class Redactor {
  readonly #aliases: Aliases;
  /** Every name in any category, for text: longest first, so that no name is cut by a shorter one. */
  readonly #known: RegExp | null;

  constructor(aliases: Aliases) {
    this.#aliases = aliases;
    const names = [...new Set([...aliases.values()].flatMap((known) => [...known.keys()]))];
    names.sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
    const words = names.map((name) => {
      const escaped = name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
      // One or two letters are in every word: only where they stand alone.
      return name.length > 2 ? escaped : `(?<![\\w.])${escaped}(?![\\w.])`;
    });
    this.#known = words.length === 0 ? null : new RegExp(`(?:\\b(group|topic) )?(${words.join('|')})`, 'gu');
  }

  string(value: string, field: string | null): string {
    const category = field === null ? undefined : NAMES[field];
    if (category !== undefined) return this.#aliases.get(category)?.get(value) ?? value;
    if (field !== null && OWN_WORDS.has(field)) return value;
    return this.text(value);
  }

  text(text: string): string {
    const named = this.#known === null ? text : text.replace(this.#known, (_, kind, name) => this.#word(kind, name));
    return named
      .replace(ADDRESS, (whole, host: string) => (isAlias(host) ? whole : 'an address'))
      .replace(PATH, 'a path');
  }

  #word(kind: string | undefined, name: string): string {
    if (kind === 'group' || kind === 'topic') {
      const alias = this.#aliases.get(kind)?.get(name);
      if (alias !== undefined) return `${kind} ${alias}`;
    }
    for (const known of this.#aliases.values()) {
      const alias = known.get(name);
      if (alias !== undefined) return kind === undefined ? alias : `${kind} ${alias}`;
    }
    return name;
  }
}

/** `host:port`, an IPv6 address in brackets; not a time. And absolute paths. */
const ADDRESS =
  /(?<![\w.-])(?!\d{4}-\d\d-\d\dT)(\[[\da-f:.]+\]|(?:\d{1,3}\.){3}\d{1,3}|(?=[\w.-]*[a-z])[\w-]+(?:\.[\w-]+)*):\d{2,5}\b/gi;
const PATH = /(?<![\w/])(?:\/[\w.@-]+){2,}\/?/g;

function isAlias(host: string): boolean {
  return /^host-\d+$/.test(host);
}

function withoutConfigSecrets(recording: Recording): Recording {
  const plain = <T extends Recording['brokerConfigs'][number] | Recording['topicConfigs'][number]>(item: T): T => ({
    ...item,
    configs: item.configs
      .filter(({ name }) => KAFKA_CONFIG.test(name))
      .map((entry) => ({
        ...entry,
        value:
          entry.value !== null && (PLAIN_VALUE.test(entry.value) || WORDED_CONFIGS.test(entry.name))
            ? entry.value
            : null,
      })),
  });
  return {
    ...recording,
    topicConfigs: recording.topicConfigs.map(plain),
    brokerConfigs: recording.brokerConfigs.map(plain),
  };
}
