/** What node:zlib has of Zstandard, from Node 22.15 and 23.8 on. */
export interface NativeZstd {
  zstdCompressSync(data: Buffer): Buffer;
  zstdDecompressSync(data: Buffer, options: { readonly maxOutputLength: number }): Buffer;
}

/** node:zlib, loaded when it is first needed: it takes longer to load than everything else here. */
export function nodeZlib(): typeof import('node:zlib') {
  return process.getBuiltinModule('node:zlib');
}

/** node:zlib's Zstandard, or null where it has none. */
export function nativeZstd(): NativeZstd | null {
  const { zstdCompressSync, zstdDecompressSync } = nodeZlib() as Partial<NativeZstd>;
  return zstdCompressSync && zstdDecompressSync ? { zstdCompressSync, zstdDecompressSync } : null;
}

let strict: boolean | null = null;

/** The same where it can be trusted with damaged data: Node 22 takes a frame that is cut off for one of less data. */
export function strictNativeZstd(): NativeZstd | null {
  const native = nativeZstd();
  if (native !== null) strict ??= refusesHalfAFrame(native);
  return strict === true ? native : null;
}

function refusesHalfAFrame({ zstdCompressSync, zstdDecompressSync }: NativeZstd): boolean {
  const frame = zstdCompressSync(Buffer.from('whole'));
  try {
    zstdDecompressSync(frame.subarray(0, -1), { maxOutputLength: 64 });
    return false;
  } catch {
    // Refused, as it should be.
    return true;
  }
}
