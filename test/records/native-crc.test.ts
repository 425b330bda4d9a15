import { afterEach, describe, expect, test, vi } from 'vitest';

/** The checksum module as it is where requiring the optional package does this. */
async function withPackage(require: () => unknown): Promise<typeof import('../../src/records/crc32c.ts')> {
  vi.resetModules();
  vi.doMock('node:module', () => ({ createRequire: () => require }));
  return await import('../../src/records/crc32c.ts');
}

function failing(error: Error): () => never {
  return () => {
    throw error;
  };
}

const notFound = Object.assign(new Error("Cannot find module '@node-rs/crc32'"), { code: 'MODULE_NOT_FOUND' });
const large = Buffer.alloc(4096, 'x');
/** More than goes through the tables before the package is loaded. */
const enough = Buffer.alloc(65_537, 'y');

afterEach(() => {
  vi.doUnmock('node:module');
});

describe('the optional native checksum', () => {
  test('is loaded when enough was read to be worth it, and used for large inputs only', async () => {
    const seen: number[] = [];
    let loads = 0;
    const { crc32c, crc32cImplementation, tableCrc32c } = await withPackage(() => {
      loads++;
      return {
        crc32c: (input: Uint8Array) => {
          seen.push(input.length);
          return -1;
        },
      };
    });
    expect(crc32c(large, 0, 100)).toBe(tableCrc32c(large, 0, 100));
    expect([loads, seen]).toEqual([0, []]);
    expect(crc32c(large)).toBe(tableCrc32c(large));
    expect([loads, seen]).toEqual([0, []]);
    expect(crc32c(enough)).toBe(0xffff_ffff);
    crc32c(large, 96);
    expect(crc32c(large, 0, 100)).toBe(tableCrc32c(large, 0, 100));
    expect([loads, seen]).toEqual([1, [65_537, 4000]]);
    expect(crc32cImplementation()).toBe('native');
  });

  test.each([
    ['the package is not installed', notFound],
    ['its binding for this platform is not', new Error('Cannot find native binding.', { cause: notFound })],
  ])('tables do the work when %s', async (_, error) => {
    const { crc32c, crc32cImplementation, tableCrc32c } = await withPackage(failing(error));
    expect(crc32c(enough)).toBe(tableCrc32c(enough));
    expect(crc32cImplementation()).toBe('table');
  });

  test('any other failure is not swallowed', async () => {
    const { crc32c } = await withPackage(failing(new Error('out of memory')));
    expect(() => crc32c(enough)).toThrow('out of memory');
  });
});
