import * as apis from '../../protocol/api/index.ts';
import { ErrorCode, type ErrorName } from '../../protocol/errors.ts';
import { nearestName } from '../config/definition.ts';
import { FAULT_PREFIX } from '../config/node-config.ts';
import { durationText, parseDuration } from './duration.ts';
import { FAILABLE_APIS } from './error-response.ts';
import {
  COMMON_PARAMETERS,
  definitionOf,
  FAULT_NAMES,
  type Fault,
  type FaultDefinition,
  type FaultName,
  type Injection,
  isFaultName,
  type Parameter,
  type Peer,
} from './vocabulary.ts';

/** A fault as a config: which broker's (`''`: all brokers'), under which key, with which value. */
export interface FaultConfig {
  readonly resource: string;
  readonly key: string;
  readonly value: string;
}

/** What one such config means. */
export interface ParsedFault {
  readonly fault: Fault;
  readonly label: string | null;
  /** Broker ids that the value itself names; null: what the resource says. */
  readonly on: readonly number[] | null;
  /** In ms; null: until it is cleared. */
  readonly forMs: number | null;
}

export interface Malformed {
  /** Names the key and the value, says why not, and what would be accepted. */
  readonly problem: string;
}

const API_NAMES: ReadonlySet<string> = new Set(Object.values(apis).map((api) => api.name));
const KEY = /^kmedic\.fault\.([a-z-]+)(?:\.([A-Za-z0-9_-]{1,64}))?$/;
/** The config alone of all brokers may name the brokers that it is for: a dead one cannot be asked to change its own. */
const BROKERS = { type: 'text', description: 'only these brokers, of the config of all brokers' } as const;
/** What DescribeConfigs adds: a value that is set again as it was read lasts for what remained. */
const LEFT = { type: 'duration', description: 'what remains of `for`' } as const;

/**
 * Reads `kmedic.fault.<fault>[.<label>]` and its value: parameters as `name=value` or `name:value`, separated by commas
 * or blanks; a bare duration is `for`; lists are joined with `+`. `resource` is the broker's id, `''` for all.
 */
export function parseFault(key: string, value: string, resource: string): ParsedFault | Malformed {
  const [, name = '', label = null] = KEY.exec(key) ?? [];
  if (!isFaultName(name)) return { problem: unknownFault(key, name) };
  const definition = definitionOf(name);
  const reject = (why: string): Malformed => ({
    problem: `Invalid value ${value} for configuration ${key}: ${why}${why.endsWith('?') ? '' : '.'} Accepted: ${usage(name, definition)}`,
  });
  const given = new Map<string, unknown>();
  for (const [parameter, text] of words(value)) {
    const spec = parameterOf(definition, parameter, resource);
    if (spec === undefined) return reject(unknownParameter(definition, parameter));
    if (given.has(parameter)) return reject(`${parameter} is given twice`);
    const read = readValue(spec, text, name);
    if ('problem' in read) return reject(`${parameter}=${text}: ${read.problem}`);
    given.set(parameter, read.value);
  }
  for (const [parameter, spec] of Object.entries(definition.parameters)) {
    if (spec.required && !given.has(parameter)) return reject(`${parameter} is missing`);
  }
  const { for: lasts, left, broker, ...own } = Object.fromEntries(given);
  const on = broker === undefined ? null : brokerIds(String(broker));
  if (on === undefined) return reject(`broker=${broker}: not broker ids, joined with +`);
  const forMs = (left ?? lasts ?? null) as number | null;
  if (definition.momentary && forMs !== null) return reject('it happens once, and takes no duration');
  if (definition.needsEndOnAll && forMs === null && resource === '' && on === null) {
    return reject('on all brokers it needs an end (for=30s): nobody would be left to clear it');
  }
  return { fault: { fault: name, ...own } as unknown as Fault, label, on, forMs };
}

/** A typed injection as the configs that carry it: one for each broker that it names, or the one of all brokers. */
export function configsOf(injection: Injection): FaultConfig[] {
  const { fault, on, for: forMs, label, ...parameters } = injection;
  const key = `${FAULT_PREFIX}${fault}${label === undefined ? '' : `.${label}`}`;
  const parts = forMs === undefined ? [] : [`for=${durationText(forMs)}`];
  const specs: Readonly<Record<string, Parameter>> = definitionOf(fault).parameters;
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) parts.push(`${name}=${valueText(specs[name], value)}`);
  }
  const value = parts.length === 0 ? ON : parts.join(',');
  const brokers = on === undefined ? [''] : (typeof on === 'number' ? [on] : on).map(String);
  return brokers.map((resource) => ({ resource, key, value }));
}

/** How a fault is written, for help and errors: `for=<duration>,to=<brokers|nodes|clients>[,direction=both|in|out]`. */
export function usage(name: FaultName, definition: FaultDefinition = definitionOf(name)): string {
  const parts = Object.entries(definition.parameters).map(([parameter, spec]) => {
    const text = `${parameter}=${placeholder(spec)}`;
    return spec.required ? text : `[${text}]`;
  });
  if (!definition.momentary) parts.push('[for=<duration>]');
  return parts.length === 0 ? ON : parts.join(' ');
}

/** The value of a fault without parameters: a config's value may not be empty everywhere. */
const ON = 'on';

function* words(value: string): Generator<[string, string]> {
  for (const word of value.split(/[\s,]+/)) {
    if (word === '' || word === ON) continue;
    const at = word.search(/[=:]/);
    if (at > 0) yield [word.slice(0, at), word.slice(at + 1)];
    else yield parseDuration(word) === null ? [word, ''] : ['for', word];
  }
}

function parameterOf(definition: FaultDefinition, name: string, resource: string): Parameter | undefined {
  if (Object.hasOwn(definition.parameters, name)) return definition.parameters[name];
  if (name === 'broker' && resource === '') return BROKERS;
  if (name === 'left') return LEFT;
  return name === 'for' ? COMMON_PARAMETERS.for : undefined;
}

type Read = { readonly value: unknown } | Malformed;

/** What the words of each type of parameter mean. */
function readValue(spec: Parameter, text: string, fault: FaultName): Read {
  switch (spec.type) {
    case 'duration': {
      const ms = parseDuration(text);
      return ms === null || ms <= 0 ? { problem: 'not a duration (500ms, 30s, 1m30s)' } : { value: ms };
    }
    case 'shift': {
      const ms = parseDuration(text.replace(/^[+-]/, ''));
      if (ms === null) return { problem: 'not a duration with a sign (+5m, -1h)' };
      return { value: text.startsWith('-') ? -ms : ms };
    }
    case 'count':
      return /^[1-9]\d{0,8}$/.test(text) ? { value: Number(text) } : { problem: 'not a number from 1 on' };
    case 'apis':
      return readApis(text, fault);
    case 'peers':
      return readPeers(text);
    case 'error':
      return readError(text);
    case 'text':
      return text === '' ? { problem: 'it is empty' } : { value: text };
    case 'choice':
    case 'choices': {
      const items = spec.type === 'choice' ? [text] : text.split('+');
      const wrong = items.find((item) => spec.values?.includes(item) !== true);
      if (wrong !== undefined) return { problem: `not one of ${spec.values?.join(', ')}` };
      return { value: spec.type === 'choice' ? text : items };
    }
  }
}

function readApis(text: string, fault: FaultName): Read {
  const names = text.split('+');
  for (const name of names) {
    if (!API_NAMES.has(name)) {
      const nearest = nearestName(name, API_NAMES);
      return { problem: `there is no API ${name}${nearest === null ? '' : `; did you mean ${nearest}?`}` };
    }
    if (fault === 'error' && !FAILABLE_APIS.has(name)) {
      return { problem: `${name} cannot be failed with an error; these can: ${[...FAILABLE_APIS].join(', ')}` };
    }
  }
  return { value: names };
}

function readPeers(text: string): Read {
  const peers: Peer[] = [];
  for (const word of text.split('+')) {
    if (word === 'nodes' || word === 'clients') peers.push(word);
    else if (/^\d{1,9}$/.test(word)) peers.push(Number(word));
    else return { problem: 'not broker ids, `nodes` or `clients`, joined with +' };
  }
  return { value: peers };
}

function readError(text: string): Read {
  if (text !== 'NONE' && Object.hasOwn(ErrorCode, text)) return { value: text };
  const nearest = nearestName(text, Object.keys(ErrorCode));
  return { problem: `no error of Kafka’s${nearest === null ? '' : `; did you mean ${nearest}?`}` };
}

function brokerIds(text: string): readonly number[] | undefined {
  return /^\d{1,9}(\+\d{1,9})*$/.test(text) ? text.split('+').map(Number) : undefined;
}

function valueText(spec: Parameter | undefined, value: unknown): string {
  if (Array.isArray(value)) return value.join('+');
  if (spec?.type === 'duration') return durationText(Number(value));
  if (spec?.type === 'shift') return `${Number(value) < 0 ? '-' : '+'}${durationText(Math.abs(Number(value)))}`;
  return String(value);
}

function unknownFault(key: string, name: string): string {
  const nearest = nearestName(name, FAULT_NAMES);
  const hint = nearest === null ? '' : ` Did you mean ${FAULT_PREFIX}${nearest}?`;
  return `${key} is no fault.${hint} Faults: ${FAULT_NAMES.join(', ')}`;
}

function unknownParameter(definition: FaultDefinition, name: string): string {
  const nearest = nearestName(name, [...Object.keys(definition.parameters), 'for']);
  return `it has no parameter ${name}${nearest === null ? '' : `; did you mean ${nearest}?`}`;
}

function placeholder(spec: Parameter): string {
  switch (spec.type) {
    case 'apis':
      return '<Api+Api>';
    case 'peers':
      return '<id+id|nodes|clients>';
    case 'choice':
      return spec.values?.join('|') ?? '';
    case 'choices':
      return spec.values?.join('+') ?? '';
    case 'shift':
      return '<±duration>';
    default:
      return `<${spec.type}>`;
  }
}

/** Of a name that the parser has checked. */
export function errorCodeByName(name: string): number {
  return ErrorCode[name as ErrorName];
}
