import { describe, expect, it } from 'vitest';
import type { Recording } from '../../src/cluster/recording.ts';
import { buildDiagnosis } from '../../src/diagnose/build-diagnosis.ts';
import { diagnoseAll } from '../../src/diagnose/diagnose.ts';
import { KNOWLEDGE } from '../../src/diagnose/knowledge.ts';
import { type ReportInput, reportHtml } from '../../src/render/report-html.ts';
import { reportMarkdown } from '../../src/render/report-markdown.ts';
import { history, historyMember, recording, stalled } from '../health/build-recording.ts';
import { AT_MS, snapshot } from '../health/build-snapshot.ts';
import { HOSTILE, hostileRecording } from './hostile-recording.ts';

function input(of: Recording): ReportInput {
  const evidence = { recording: of, client: null, logDir: null };
  const diagnosis = buildDiagnosis(KNOWLEDGE, 'test', evidence, diagnoseAll(KNOWLEDGE, evidence), ({ words }) =>
    ['kmedic', ...words].join(' '),
  );
  return { recording: of, diagnosis };
}

const incident = input(
  recording([20, 15, 10, 5, 0].map(stalled), {
    histories: [
      history('payments', {
        generations: [
          {
            generation: 3,
            atMs: AT_MS - 60_000,
            protocol: 'range',
            leader: null,
            members: [historyMember('pay-1')],
            joined: 1,
            left: 0,
          },
        ],
      }),
    ],
  }),
);

/** Start tags with their attributes, closing tags left out: what a browser would see. */
function elements(html: string): { tag: string; attributes: string }[] {
  return [...html.matchAll(/<([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*>/g)].map(
    ([, tag = '', attributes = '']) => ({ tag, attributes }),
  );
}

describe('a report', () => {
  const html = reportHtml(incident);

  it('has the verdict, the timeline, the charts, the path, and what it rests on', () => {
    for (const title of [
      'Verdicts',
      'Timeline',
      'Consumer groups',
      'Replication and brokers',
      'The path walked',
      'What it rests on',
    ]) {
      expect(html).toContain(`>${title}</h2>`);
    }
    for (const caption of ['Lag in records', 'Records per second', 'State and generations', 'Skew: lag by partition']) {
      expect(html).toContain(`<figcaption>${caption}`);
    }
    expect(html).toContain('generation 3: 1 member (1 joined)');
    expect(html).toContain('✗ STALL');
  });

  it('needs no network and no script, and says so to the browser', () => {
    const tags = new Set(elements(html).map(({ tag }) => tag));
    for (const tag of ['script', 'link', 'img', 'iframe', 'object', 'embed', 'a', 'base', 'form', 'use', 'image']) {
      expect(tags.has(tag)).toBe(false);
    }
    expect(html).toContain('content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;');
    expect(html).not.toMatch(/\b(?:src|href|xlink:href|style|srcdoc)=|url\(|@import/);
  });

  it('is well-formed, and its ids are its own', () => {
    const open: string[] = [];
    for (const [, slash, tag = ''] of html.matchAll(/<(\/?)([a-zA-Z][\w-]*)[^>]*>/g)) {
      if (tag === 'meta' || tag === 'br') continue;
      if (slash === '') open.push(tag);
      else expect(open.pop()).toBe(tag);
    }
    expect(open).toEqual([]);
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, names = ''] of html.matchAll(/aria-labelledby="([^"]*)"/g)) {
      for (const id of names.split(' ')) expect(ids).toContain(id);
    }
  });

  it('is for everybody: every chart has a name and says what it shows, colour never stands alone', () => {
    const charts = html.match(/<svg [^>]*>/g) ?? [];
    expect(charts.length).toBeGreaterThanOrEqual(4);
    for (const chart of charts) expect(chart).toMatch(/role="img" aria-labelledby=/);
    for (const [, text = ''] of html.matchAll(/<span class="badge [a-z]+">([^<]*)<\/span>/g))
      expect(text.trim()).not.toBe('');
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).toContain('@media print');
    expect(html).toContain('<html lang="en">');
  });

  it('comes out the same each time', () => {
    expect(reportHtml(incident)).toBe(html);
  });

  it('of a single quiet sample is short and whole', () => {
    const quiet = reportHtml(input(recording([snapshot([], [])])));
    expect(quiet).toContain('✓ no fault');
    expect(quiet).not.toMatch(/NaN|Infinity|undefined|\[object/);
    expect(quiet).not.toContain('<svg');
  });

  it('never lets a name be anything but text', () => {
    const hostile = reportHtml(input(hostileRecording()));
    const style = hostile.slice(hostile.indexOf('<style>'), hostile.indexOf('</style>'));
    const rest = hostile.replace(style, '');
    for (const each of HOSTILE.filter((name) => /[<>"']/.test(name))) expect(rest).not.toContain(each);
    const allowed = new Set(elements(html).map(({ tag }) => tag));
    allowed.add('strong').add('rect').add('polyline').add('circle');
    for (const { tag, attributes } of elements(hostile)) {
      expect(allowed.has(tag) ? '' : tag).toBe('');
      expect(attributes).not.toMatch(/\son\w+=/i);
    }
    expect(hostile).not.toMatch(/NaN|Infinity|\[object/);
    // They are there to be read, all the same.
    expect(hostile).toContain('&lt;script&gt;document.title=&quot;owned&quot;&lt;/script&gt;');
  });

  it('as Markdown has the verdict, the groups and what happened', () => {
    const markdown = reportMarkdown(incident);
    expect(markdown).toMatch(/^# Incident report: /);
    expect(markdown).toContain('| payments | STALL | Stable | 2 |');
    expect(markdown).toContain('## Timeline');
    const hostile = reportMarkdown(input(hostileRecording()));
    // Inside a fence, and as code, nothing is markup.
    const fenced = /^```\n[\s\S]*?^```$|(`+)[^\n]*?\1/gm;
    expect(hostile.replace(fenced, '')).not.toMatch(/(?<!\\)<(?:script|img|svg)/);
    for (const line of hostile.split('\n').filter((each) => each.startsWith('| '))) {
      expect(line.endsWith(' |')).toBe(true);
    }
  });
});
