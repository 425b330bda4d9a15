import { isUtf8 } from 'node:buffer';

/** How keys and values are written. */
export const BYTE_FORMATS = ['text', 'json', 'hex', 'base64', 'none'] as const;
export type ByteFormat = (typeof BYTE_FORMATS)[number];

/** UTF-8 without a NUL, which no text has, and nearly everything binary. */
function isText(bytes: Buffer): boolean {
  return !bytes.includes(0) && isUtf8(bytes);
}

/** For a table or CSV: null stays null (unknown is not the same as empty); what is no text is written as 0x…. */
export function bytesCell(bytes: Buffer | null, format: ByteFormat): string | null {
  if (bytes === null) return null;
  switch (format) {
    case 'hex':
      return bytes.toString('hex');
    case 'base64':
      return bytes.toString('base64');
    case 'none':
      return `${bytes.length} bytes`;
    default:
      return isText(bytes) ? bytes.toString() : `0x${bytes.toString('hex')}`;
  }
}

/** For JSON: text where it is text, `{ "base64": … }` where it is not, so that nothing is lost. */
export function bytesJson(bytes: Buffer | null, format: ByteFormat): unknown {
  if (bytes === null) return null;
  switch (format) {
    case 'hex':
      return bytes.toString('hex');
    case 'base64':
      return bytes.toString('base64');
    case 'json':
      return parsed(bytes);
    default:
      return isText(bytes) ? bytes.toString() : { base64: bytes.toString('base64') };
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return bytesJson(bytes, 'text');
    throw error;
  }
}
