import { describe, expect, it } from 'vitest';
import { FrameAssembler, FrameError } from '../../../src/broker/shell/frames.ts';
import fc from '../../property.ts';

function framed(...frames: Buffer[]): Buffer {
  return Buffer.concat(
    frames.flatMap((frame) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(frame.length);
      return [length, frame];
    }),
  );
}

function assemble(chunks: readonly Buffer[], maxBytes = 1 << 20): Buffer[] {
  const assembler = new FrameAssembler(maxBytes);
  const frames: Buffer[] = [];
  for (const chunk of chunks) assembler.push(chunk, (frame) => frames.push(frame));
  return frames;
}

describe('FrameAssembler', () => {
  it('gives the same frames however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1, maxLength: 40 }),
        (contents, cuts) => {
          const frames = contents.map((content) => Buffer.from(content));
          const stream = framed(...frames);
          const chunks: Buffer[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = cuts[i % cuts.length] ?? 1;
            chunks.push(stream.subarray(at, at + size));
            at += size;
          }
          expect(assemble(chunks).map((frame) => frame.toString('hex'))).toEqual(
            frames.map((frame) => frame.toString('hex')),
          );
        },
      ),
    );
  });

  it('puts a frame of several MiB together, and takes memory for it as it comes', () => {
    const content = Buffer.alloc(5_000_001, 'abcdefg');
    const stream = framed(content, Buffer.from('next'));
    const chunks = Array.from({ length: Math.ceil(stream.length / 65_521) }, (_, i) =>
      stream.subarray(i * 65_521, (i + 1) * 65_521),
    );
    const [first, second] = assemble(chunks, 10_000_000);
    expect(first?.equals(content)).toBe(true);
    expect(first?.buffer.byteLength).toBe(content.length);
    expect(second?.toString()).toBe('next');
    const before = process.memoryUsage().arrayBuffers;
    const announced = Array.from({ length: 50 }, () => new FrameAssembler(1 << 27));
    const head = Buffer.from([6, 0, 0, 0, 1]);
    for (const assembler of announced) assembler.push(head, () => expect.unreachable());
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThanOrEqual(51 << 20);
  });

  it('copies nothing of a frame that lies in one chunk', () => {
    const chunk = framed(Buffer.from('one'), Buffer.from('two'));
    for (const frame of assemble([chunk])) expect(frame.buffer).toBe(chunk.buffer);
  });

  it('refuses a length that no request has, before it takes memory for it', () => {
    const negative = Buffer.from([0xff, 0xff, 0xff, 0xff]);
    expect(() => assemble([negative])).toThrow(FrameError);
    expect(() => assemble([framed(Buffer.alloc(11))], 10)).toThrow(/socket\.request\.max\.bytes/);
  });
});
