import { createRequire } from 'node:module';

/** A small generator of numbers in [0, n), the same for the same seed. */
export function numbers(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Data of the kinds that codecs meet: empty, tiny, repeating, text, noise, and mixtures beyond every block size. */
export function samples(): { name: string; data: Buffer }[] {
  const next = numbers(42);
  const words = Array.from({ length: 300 }, () => next(2 ** 30).toString(36));
  const text = (length: number): Buffer => {
    let line = '';
    while (line.length < length)
      line += `{"user":"${words[next(300)]}","at":${next(100_000)},"text":"${words[next(20)]}"}\n`;
    return Buffer.from(line.slice(0, length));
  };
  const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => next(256)));
  return [
    { name: 'nothing', data: Buffer.alloc(0) },
    { name: 'one byte', data: Buffer.from('x') },
    ...[3, 4, 5, 11, 12, 13, 14, 15, 16, 17, 31, 32, 33, 64, 65].map((length) => ({
      name: `${length} bytes of text`,
      data: text(length),
    })),
    { name: 'one byte 100,000 times', data: Buffer.alloc(100_000, 7) },
    { name: 'three bytes 40,000 times', data: Buffer.from('abc'.repeat(40_000)) },
    { name: '32 KiB of text', data: text(32 * 1024) },
    { name: '64 KiB of text', data: text(64 * 1024) },
    { name: '64 KiB of text and a byte', data: text(64 * 1024 + 1) },
    { name: '400,000 bytes of text', data: text(400_000) },
    { name: '70,000 bytes of noise', data: noise(70_000) },
    {
      name: 'noise between text',
      data: Buffer.concat([text(30_000), noise(30_000), text(120_000), noise(200), text(50)]),
    },
  ];
}

/** The Castagnoli checksum as its definition says it, bit by bit. */
export function slowCrc(polynomial: number, data: Uint8Array): number {
  let crc = -1;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  }
  return ~crc >>> 0;
}

interface ZstdWasm {
  init(): Promise<void>;
  compress(data: Uint8Array, level?: number): Uint8Array;
  decompress(data: Uint8Array): Uint8Array;
}

/** The reference implementation of Zstandard. Its package names its types for browsers only. */
export async function zstdOracle(): Promise<ZstdWasm> {
  const oracle = createRequire(import.meta.url)('@bokuweb/zstd-wasm') as ZstdWasm;
  await oracle.init();
  return oracle;
}
