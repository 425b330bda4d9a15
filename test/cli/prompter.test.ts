import { describe, expect, it } from 'vitest';
import { type Asked, Question } from '../../src/cli/prompter.ts';
import { plainTheme } from '../../src/render/theme.ts';

const STYLE = { theme: plainTheme, human: true, width: 80, wide: false };

function question(rest: Partial<Asked> = {}): Question {
  const choices = [...Array(20).keys()].map((at) => ({ id: `c${at}`, text: `choice ${at}` }));
  const asked = {
    head: ['ask?'],
    choices,
    why: ['because'],
    back: true,
    skip: true,
    quit: 'quit',
    after: () => ['done'],
  };
  return new Question({ ...asked, ...rest }, () => STYLE);
}
const chosen = (of: Question): string => of.lines().find((line) => line.includes('>')) ?? '';

describe('a question', () => {
  it('moves with arrows, and stops at the ends', () => {
    const asked = question({ back: false });
    asked.move('up');
    expect(chosen(asked)).toContain('choice 0');
    for (let at = 0; at < 30; at++) asked.move('down');
    expect(chosen(asked)).toContain('choice 19');
  });

  it('shows a window of many choices, with the chosen one always in it', () => {
    const asked = question();
    expect(asked.lines().filter((line) => line.includes('choice'))).toHaveLength(12);
    expect(asked.lines().join('\n')).toContain('… and 8 more below');
    for (let at = 0; at < 15; at++) asked.move('down');
    expect(chosen(asked)).toContain('choice 15');
  });

  it.each<[string, (asked: Question) => void, object]>([
    ['Enter', (asked) => asked.press('\r', 'return'), { kind: 'answer', id: 'c0' }],
    ['a digit', (asked) => asked.press('3', '3'), { kind: 'answer', id: 'c2' }],
    ['b', (asked) => asked.press('b', 'b'), { kind: 'back' }],
    ['left', (asked) => asked.move('left'), { kind: 'back' }],
    ['up from the first', (asked) => asked.move('up'), { kind: 'back' }],
    ['s', (asked) => asked.press('s', 's'), { kind: 'skip' }],
    ['q', (asked) => asked.press('q', 'q'), { kind: 'quit' }],
    ['Esc', (asked) => asked.press('\u001b', 'escape'), { kind: 'quit' }],
    ['Ctrl-C', (asked) => asked.press('\u0003', 'c'), { kind: 'interrupted' }],
  ])('takes %s', (_key, act, reply) => {
    const asked = question();
    act(asked);
    expect(asked.reply).toEqual(reply);
    expect(asked.lines()).toEqual(['done']);
  });

  it('ignores keys that it does not offer', () => {
    const asked = question({ back: false, skip: false });
    for (const key of ['b', 's', '0', 'x', undefined]) asked.press(key, key);
    asked.move('left');
    expect(asked.reply).toBeNull();
    expect(asked.lines().join('\n')).not.toContain('back');
  });

  it('tells why, and hides it again', () => {
    const asked = question();
    asked.press('w', 'w');
    expect(asked.lines()).toContain('because');
    asked.press('w', 'w');
    expect(asked.lines()).not.toContain('because');
  });
});
