import { usage } from '../../failure.ts';

/** What one of Kafka's own decoders makes of a key or a value. */
export type BytesText = (bytes: Buffer) => string;

const hex = (bytes: Buffer): string => `0x${bytes.toString('hex')}`;

/** Kafka's decoders whose text does not hang on Java, under their names of today and of before 4.0. */
const CLASSES: Readonly<Record<string, BytesText>> = {
  StringDecoder: (bytes) => bytes.toString(),
  IntegerDecoder: (bytes) => (bytes.length === 4 ? String(bytes.readInt32BE()) : hex(bytes)),
  LongDecoder: (bytes) => (bytes.length === 8 ? String(bytes.readBigInt64BE()) : hex(bytes)),
};

/** The decoder behind the name of a Java class; a usage error for classes of which nothing is known here. */
export function decoderClass(flag: string, name: string | undefined): BytesText | null {
  if (name === undefined) return null;
  const known = /^(?:kafka\.serializer|org\.apache\.kafka\.tools\.api)\.(\w+)$/.exec(name)?.[1];
  const text = known === undefined ? undefined : CLASSES[known];
  if (text !== undefined) return text;
  const names = Object.keys(CLASSES).map((each) => `org.apache.kafka.tools.api.${each}`);
  throw usage(
    `${flag} ${name}: this is a Java class, and no Java runs here`,
    `known without Java: ${names.join(', ')}; for other bytes: --records --keys hex --values hex (or json, base64), without ${flag}`,
  );
}
