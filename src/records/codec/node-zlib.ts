import process from 'node:process';

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
