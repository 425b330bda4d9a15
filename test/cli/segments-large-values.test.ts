import { describe, expect, it } from 'vitest';
import { bytesCell, bytesJson } from '../../src/cli/commands/segments/bytes-text.ts';
import { TextOut } from '../../src/cli/commands/segments/text-out.ts';

const SHOWN = 16 * 1024 * 1024;

describe('a value of more than 16 MiB', () => {
  it('is shown by its beginning, and says so', () => {
    const bytes = Buffer.alloc(SHOWN + 10, 'x');
    const cell = bytesCell(bytes, 'text') ?? '';
    expect(cell.slice(0, SHOWN)).toBe('x'.repeat(SHOWN));
    expect(cell.slice(SHOWN)).toBe(
      ' (the first 16777216 of 16777226 bytes; --format kafka --print-data-log writes all)',
    );
    expect(bytesCell(bytes, 'none')).toBe('16777226 bytes');
    expect(bytesJson(bytes, 'json')).toEqual({ beginning: 'x'.repeat(SHOWN), bytes: SHOWN + 10 });
    expect(bytesJson(bytes.subarray(0, SHOWN), 'text')).toBe('x'.repeat(SHOWN));
  });

  it('is cut between two characters', () => {
    const bytes = Buffer.concat([Buffer.alloc(SHOWN - 1, 'x'), Buffer.from('€ and more')]);
    expect(bytesJson(bytes, 'text')).toEqual({ beginning: 'x'.repeat(SHOWN - 1), bytes: bytes.length });
  });
});

it('long texts are written in parts that make the same bytes', () => {
  const parts: Buffer[] = [];
  const out = new TextOut((data) => parts.push(Buffer.from(data)));
  const text = `a${'😀'.repeat(1_200_000)}`;
  out.add(text);
  out.add('end');
  out.flush();
  expect(Buffer.concat(parts).equals(Buffer.from(`${text}end`))).toBe(true);
  expect(parts.length).toBeGreaterThan(2);
});
