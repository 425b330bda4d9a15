import { describe, expect, it } from 'vitest';
import { renderJson } from '../../src/render/json.ts';
import { jsonPieces } from '../../src/render/json-pieces.ts';

describe('a document in pieces', () => {
  it.each([
    { kind: 'diagnosis', version: 1 },
    { kind: 'x', empty: [], none: null, nothing: undefined, nested: { deep: [1, { a: [] }], text: 'a\nb' } },
    { verdicts: [{ id: 'a', facts: [{ text: 'one\u001b[31m' }, null] }, 'two\n', undefined, 3, []], last: [[1], [{}]] },
  ])('is the same as in one: %j', (document) => {
    expect([...jsonPieces(document)].join('')).toBe(renderJson(document));
  });

  it('is never held as a whole', () => {
    const document = { kind: 'x', rows: Array.from({ length: 5_000 }, (_, at) => ({ at, text: 'x'.repeat(100) })) };
    const pieces = [...jsonPieces(document)];
    expect(pieces.join('')).toBe(renderJson(document));
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(100_000);
  });
});
