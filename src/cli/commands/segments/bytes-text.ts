import { isUtf8 } from 'node:buffer';

/** How keys and values are written. */
export const BYTE_FORMATS = ['text', 'json', 'hex', 'base64', 'none'] as const;
export type ByteFormat = (typeof BYTE_FORMATS)[number];

/**
 * Of a key or value beyond this size only the beginning is shown: each form that it takes on its way out is a copy of it.
 * Brokers refuse batches above 1 MiB (message.max.bytes) unless they are told otherwise.
 */
const SHOWN_BYTES = 16 * 1024 * 1024;

/** UTF-8 without a NUL, which no text has, and nearly everything binary. */
function isText(bytes: Buffer): boolean {
  return !bytes.includes(0) && isUtf8(bytes);
}

/** For a table or CSV: null stays null (unknown is not the same as empty); what is no text is written as 0x…. */
export function bytesCell(bytes: Buffer | null, format: ByteFormat): string | null {
  if (bytes === null) return null;
  if (bytes.length > SHOWN_BYTES && format !== 'none') {
    const beginning = beginningOf(bytes);
    return `${bytesCell(beginning, format)} (the first ${beginning.length} of ${bytes.length} bytes; --format kafka --print-data-log writes all)`;
  }
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

/**
 * For JSON: text where it is text, `{ "base64": … }` where it is not, so that nothing is lost. Of what is too large to be
 * shown, `{ "beginning": …, "bytes": … }` with the size of all of it.
 */
export function bytesJson(bytes: Buffer | null, format: ByteFormat): unknown {
  if (bytes === null) return null;
  if (bytes.length > SHOWN_BYTES) return { beginning: bytesJson(beginningOf(bytes), format), bytes: bytes.length };
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

/** As much as is shown, without half a character of UTF-8 at its end. */
function beginningOf(bytes: Buffer): Buffer {
  let end = SHOWN_BYTES;
  while (end > SHOWN_BYTES - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return bytesJson(bytes, 'text');
    throw error;
  }
}
