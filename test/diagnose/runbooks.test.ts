import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { KNOWLEDGE } from '../../src/diagnose/knowledge.ts';
import { lookUp, RULES, wayTo } from '../../src/diagnose/look-up.ts';
import { escapeMarkdown, markdownCode } from '../../src/render/markdown.ts';
import { leafRunbook, ruleRunbook, runbookFiles, treeRunbook } from '../../src/render/runbook-markdown.ts';
import { treeMermaid } from '../../src/render/runbook-mermaid.ts';
import { BROKEN, SLOW } from './tiny-tree.ts';

const DIRECTORY = fileURLToPath(new URL('../../docs/runbooks/', import.meta.url));
const trees = [...KNOWLEDGE.trees.values()];

describe('docs/runbooks', () => {
  it('is what the trees say: npm run build && node bin/kmedic.js runbook --out docs/runbooks', () => {
    const files = runbookFiles(trees);
    expect(readdirSync(DIRECTORY).sort()).toEqual([...files.keys()].sort());
    const stale = [...files].filter(([name, text]) => readFileSync(join(DIRECTORY, name), 'utf8') !== text);
    expect(stale.map(([name]) => name)).toEqual([]);
  });

  it('has no link that leads nowhere', () => {
    const files = runbookFiles(trees);
    const broken = [...files].flatMap(([name, text]) =>
      [...text.matchAll(/\]\(([^)#]*)(?:#([^)]+))?\)/g)].flatMap(([link, file, anchor]) => {
        const target = files.get(file === undefined || file === '' ? name : file);
        const found = target !== undefined && (anchor === undefined || target.includes(`<a id="${anchor}"></a>`));
        return found ? [] : [`${name}: ${link}`];
      }),
    );
    expect(broken).toEqual([]);
  });
});

describe('a runbook', () => {
  it('tells questions, answers and verdicts with the way to them', () => {
    const text = treeRunbook(SLOW);
    expect(text).toContain('# A group that falls behind');
    expect(text).toContain('`kmedic diagnose slow -g <group>`');
    expect(text).toContain('| over five minutes | [SLW-03](#slw-03): a batch takes too long |');
    expect(text).toContain('- kmedic measures it (probe `batch-time`)');
    expect(text).toContain('- only a person can tell');
    expect(text).toContain(
      '- Is anything unread? → yes\n- How long does one batch take to process at worst? → over five minutes',
    );
    expect(text).toContain('kmedic offsets peek <group> <topic>:<partition>');
  });

  it('of one verdict or rule stands alone', () => {
    expect(leafRunbook(SLOW, 'SLW-03')).toMatch(/^# SLW-03\n/);
    const rule = RULES.find(({ name }) => name === 'OUT-OF-RANGE');
    expect(rule).toBeDefined();
    if (rule !== undefined) expect(ruleRunbook(rule)).toContain('kmedic diagnose lag-grows -g <group>');
  });

  it('draws a tree whose texts cannot break out of their nodes', () => {
    expect(treeMermaid(BROKEN)).toBe(
      [
        'flowchart TD',
        '  n_leaderless{"Is a partition without a leader?"}',
        '  n_BRK_00["BRK-00: every partition has a leader"]',
        '  n_BRK_01[["BRK-01: a broker is down"]]',
        '  n_leaderless -->|"yes"| n_BRK_01',
        '  n_leaderless -->|"no"| n_BRK_00',
        '',
      ].join('\n'),
    );
    const hostile = structuredClone(BROKEN);
    Object.assign(hostile.questions['leaderless'] ?? {}, { ask: 'a"] --> x; "<b>|' });
    expect(treeMermaid(hostile)).toContain('{"a#34;] --#62; x#59; #34;#60;b#62;#124;"}');
  });
});

describe('a name', () => {
  it.each([
    ['slow', { kind: 'tree' }],
    ['lag-grows', { kind: 'symptom' }],
    ['slw-03', { kind: 'leaf', leaf: 'SLW-03' }],
    ['LAG-06', { kind: 'rule', rule: { name: 'OUT-OF-RANGE' } }],
    ['stall', { kind: 'rule', rule: { rule: 'LAG-01' } }],
    ['nothing', null],
  ])('%s', (word, found) => {
    const entry = lookUp(word, [BROKEN, SLOW]);
    if (found === null) expect(entry).toBeNull();
    else expect(entry).toMatchObject(found);
  });

  it('of a verdict is never that of a rule', () => {
    const rules = new Set(RULES.map(({ rule }) => rule));
    expect(trees.flatMap(({ leaves }) => Object.keys(leaves)).filter((id) => rules.has(id))).toEqual([]);
  });

  it('of every verdict has a way that leads to it', () => {
    const lost = trees.flatMap((tree) => Object.keys(tree.leaves).filter((leaf) => wayTo(tree, leaf).length === 0));
    expect(lost).toEqual([]);
  });
});

describe('text in Markdown', () => {
  it('formats nothing, whatever strangers write', () => {
    expect(escapeMarkdown('**a** [x](y) <b> `c` | d')).toBe('\\*\\*a\\*\\* \\[x\\](y) \\<b\\> \\`c\\` \\| d');
    expect(escapeMarkdown('# head')).toBe('\\# head');
    expect(escapeMarkdown('1. one')).toBe('\\1. one');
    expect(escapeMarkdown('__consumer_offsets')).toBe('\\_\\_consumer_offsets');
    expect(markdownCode('a`b')).toBe('`` a`b ``');
  });
});
