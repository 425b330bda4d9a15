import { describe, expect, it } from 'vitest';
import { confirm } from '../../src/cli/confirm.ts';

describe('a confirmation', () => {
  const why = { protected: true, pattern: false, yes: false };
  const asked: string[] = [];
  const answer = (text: string | null) => async (question: string) => {
    asked.push(question);
    return text;
  };

  it('is the name, typed', async () => {
    await confirm(['again'], why, answer('again'));
    await expect(confirm(['again'], why, answer('y'))).rejects.toThrow('not confirmed: nothing was changed');
    await expect(confirm(['again'], why, answer(null))).rejects.toThrow('nobody is there to confirm it');
    expect(asked.splice(0)).toEqual(Array(3).fill('this cluster is protected: type again to go on: '));
  });

  it('is how many, of several that a pattern chose', async () => {
    await confirm(['a', 'b'], { ...why, protected: false, pattern: true }, answer('2 groups'));
    expect(asked.splice(0)).toEqual(['a pattern chose the groups: type 2 groups to go on: ']);
  });

  it('is not asked for where there is no need, or it was given beforehand', async () => {
    await confirm(['again'], { ...why, yes: true }, answer('never asked'));
    await confirm(['again'], { ...why, protected: false }, answer('never asked'));
    expect(asked).toEqual([]);
  });
});
