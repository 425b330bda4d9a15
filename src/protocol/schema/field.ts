import { type VersionRange, versionRange } from './versions.ts';

/** The wire types of one value, with the TypeScript type that each decodes to. */
export interface Scalars {
  bool: boolean;
  int8: number;
  int16: number;
  uint16: number;
  int32: number;
  uint32: number;
  /** Exact up to 2^53; see Reader.int64. */
  int64: number;
  float64: number;
  string: string;
  /** 22 characters of base64url, as Kafka prints a Uuid. */
  uuid: string;
  /** A view on the frame. */
  bytes: Buffer;
  /** Record batches, opaque. On the wire the same as `bytes`. */
  records: Buffer;
}
export type ScalarName = keyof Scalars;

/** What an array holds: scalars of one type, or structs. */
export type Element = ScalarName | Fields;
export type Fields = { readonly [name: string]: Field };

export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: ScalarName }
  | { readonly kind: 'array'; readonly element: Element }
  | { readonly kind: 'struct'; readonly fields: Fields };

/**
 * One field of a message. `Out` is what decoding gives (always present: the default stands in where the version has no
 * such field), `In` what encoding takes. Both exist for the compiler only.
 */
export interface Field<Out = unknown, In = unknown> {
  readonly type: FieldType;
  readonly versions: VersionRange;
  readonly nullable: VersionRange;
  readonly tag: number | undefined;
  readonly tagged: VersionRange;
  /** Scalars only; undefined stands for the type's zero. Null needs `nullable`. */
  readonly default: string | number | boolean | null | undefined;
  /** May be dropped silently where a version cannot carry it; otherwise encoding a non-default value is an error. */
  readonly ignorable: boolean;
  readonly types?: { readonly out: Out; readonly in: In };
}

export interface Options {
  readonly nullable?: string;
  readonly tag?: number;
  readonly tagged?: string;
  readonly default?: string | number | boolean | null;
  readonly ignorable?: boolean;
}

type OrNull<O extends Options, T> = O extends { readonly nullable: string } ? T | null : T;
export type Decoded<F extends Fields> = {
  -readonly [K in keyof F]: F[K] extends Field<infer Out, infer _> ? Out : never;
};
export type Encodable<F extends Fields> = {
  readonly [K in keyof F]?: (F[K] extends Field<infer _, infer In> ? In : never) | undefined;
};
type ElementOut<E extends Element> = E extends ScalarName ? Scalars[E] : E extends Fields ? Decoded<E> : never;
type ElementIn<E extends Element> = E extends ScalarName ? Scalars[E] : E extends Fields ? Encodable<E> : never;

function field<Out, In>(type: FieldType, versions: string, options: Options): Field<Out, In> {
  return {
    type,
    versions: versionRange(versions),
    nullable: versionRange(options.nullable ?? 'none'),
    tag: options.tag,
    tagged: versionRange(options.tagged ?? (options.tag === undefined ? 'none' : versions)),
    default: options.default,
    ignorable: options.ignorable ?? false,
  };
}

const NO_OPTIONS = {} as const;

function scalar<S extends ScalarName>(name: S) {
  return <const O extends Options = typeof NO_OPTIONS>(
    versions: string,
    options?: O,
  ): Field<OrNull<O, Scalars[S]>, OrNull<O, Scalars[S]>> =>
    field({ kind: 'scalar', scalar: name }, versions, options ?? NO_OPTIONS);
}

export const bool = scalar('bool');
export const int8 = scalar('int8');
export const int16 = scalar('int16');
export const uint16 = scalar('uint16');
export const int32 = scalar('int32');
export const uint32 = scalar('uint32');
export const int64 = scalar('int64');
export const float64 = scalar('float64');
export const string = scalar('string');
export const uuid = scalar('uuid');
export const bytes = scalar('bytes');
export const records = scalar('records');

/** An array field. Its default is the empty array, or null where `default: null` says so. */
export function array<const E extends Element, const O extends Options = typeof NO_OPTIONS>(
  versions: string,
  element: E,
  options?: O,
): Field<OrNull<O, ElementOut<E>[]>, OrNull<O, readonly ElementIn<E>[]>> {
  return field({ kind: 'array', element }, versions, options ?? NO_OPTIONS);
}

/** A nested struct. Its default is the struct of its fields' defaults, or null where `default: null` says so. */
export function struct<const F extends Fields, const O extends Options = typeof NO_OPTIONS>(
  versions: string,
  fields: F,
  options?: O,
): Field<OrNull<O, Decoded<F>>, OrNull<O, Encodable<F>>> {
  return field({ kind: 'struct', fields }, versions, options ?? NO_OPTIONS);
}
