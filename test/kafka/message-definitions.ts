import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { includes, type VersionRange, versionRange } from '../../src/protocol/schema/index.ts';
import type { Layout, LayoutField } from '../protocol/layout.ts';
import { type KafkaVersion, kafkaJars } from './jars.ts';

/** One field of Kafka's own message definitions, as its JSON says it. */
interface DefinedField {
  readonly name: string;
  readonly type: string;
  readonly versions?: string;
  readonly nullableVersions?: string;
  readonly taggedVersions?: string;
  readonly tag?: number | string;
  readonly default?: string | number | boolean | null;
  readonly ignorable?: boolean;
  readonly fields?: readonly DefinedField[];
}

/** One message definition out of a jar. */
export interface Definition {
  readonly name: string;
  readonly type: string;
  readonly apiKey?: number;
  readonly validVersions: string;
  readonly flexibleVersions?: string;
  readonly latestVersionUnstable?: boolean;
  readonly fields: readonly DefinedField[];
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly DefinedField[] }[];
}

/** The message definitions of an Apache Kafka release by name, read out of its jars. Throws when there are no jars. */
export function messageDefinitions(release: KafkaVersion): Map<string, Definition> {
  const folder = kafkaJars(release);
  if (folder === null) throw new Error(`the jars of Apache Kafka ${release} are not here`);
  const found = new Map<string, Definition>();
  for (const jar of readdirSync(folder).filter((name) => /^kafka[-_].*\.jar$/.test(name))) {
    for (const text of zipEntries(readFileSync(join(folder, jar)), /^(common\/)?(message|metadata)\/[^/]+\.json$/)) {
      const definition = JSON.parse(withoutComments(text.toString('utf8'))) as Definition;
      found.set(definition.name, definition);
    }
  }
  return found;
}

/** The unpacked entries of a zip file whose names match. Walks the central directory, which is what the format trusts. */
function* zipEntries(zip: Buffer, wanted: RegExp): Generator<Buffer> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'));
  if (end < 0) throw new Error('not a zip file');
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const method = zip.readUInt16LE(at + 10);
    const packedSize = zip.readUInt32LE(at + 20);
    const nameLength = zip.readUInt16LE(at + 28);
    const local = zip.readUInt32LE(at + 42);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    if (wanted.test(name)) {
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const packed = zip.subarray(start, start + packedSize);
      yield method === 0 ? packed : inflateRawSync(packed);
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
}

/** Kafka's definitions are JSON with `//` comments; strings are kept whole. */
function withoutComments(text: string): string {
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*/g, (_, quoted: string | undefined) => quoted ?? '');
}

/** The layout of one version of a definition, as Kafka's code generator reads it. */
export function definedLayout(definition: Definition, version: number): Layout {
  const structs = new Map((definition.commonStructs ?? []).map((struct) => [struct.name, struct.fields]));
  const flexible = includes(range(definition.flexibleVersions), version);
  return { flexible, fields: expand(definition.fields, structs, version, '') };
}

export function definedVersions(definition: Definition): VersionRange {
  return range(definition.validVersions);
}

function expand(
  fields: readonly DefinedField[],
  structs: ReadonlyMap<string, readonly DefinedField[]>,
  version: number,
  parent: string,
): LayoutField[] {
  const here = fields.filter((field) => includes(range(field.versions ?? field.taggedVersions), version));
  const isTagged = (field: DefinedField) => includes(range(field.taggedVersions), version);
  const tagged = here.filter(isTagged).sort((a, b) => Number(a.tag) - Number(b.tag));
  return [...here.filter((field) => !isTagged(field)), ...tagged].flatMap((field) => {
    const element = field.type.replace(/^\[\]/, '');
    const isArray = element !== field.type;
    const parts = /^[A-Z]/.test(element) ? (field.fields ?? structs.get(element)) : undefined;
    const path = parent + field.name[0]?.toLowerCase() + field.name.slice(1);
    const described: LayoutField = {
      path,
      type: (isArray ? 'array of ' : '') + (parts ? 'struct' : element),
      nullable: includes(range(field.nullableVersions), version),
      tag: isTagged(field) ? Number(field.tag) : undefined,
      default: defaultOf(field, isArray ? 'array' : parts ? 'struct' : element),
      ignorable: field.ignorable ?? false,
    };
    return [described, ...(parts ? expand(parts, structs, version, `${path}${isArray ? '[]' : ''}.`) : [])];
  });
}

function defaultOf(field: DefinedField, kind: string): LayoutField['default'] {
  // A bare null is no default at all to Kafka's generator: only the text "null" is. Its generated classes show it.
  const said = field.default ?? undefined;
  if (said === 'null') return null;
  if (kind === 'bool') return said === true || said === 'true';
  if (/^u?int|^float/.test(kind)) return said === undefined ? 0 : Number(said);
  if (kind === 'string') return said === undefined ? '' : String(said);
  if (said !== undefined) throw new Error(`${field.name}: a default of ${said} for ${kind}`);
  return 'empty';
}

function range(text: string | undefined): VersionRange {
  return versionRange(text ?? 'none');
}
