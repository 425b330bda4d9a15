import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Recording } from '../../src/cluster/recording.ts';
import { buildDiagnosis } from '../../src/diagnose/build-diagnosis.ts';
import { diagnoseAll } from '../../src/diagnose/diagnose.ts';
import { KNOWLEDGE } from '../../src/diagnose/knowledge.ts';
import { reportHtml } from '../../src/render/report-html.ts';
import { recording, stalled } from '../health/build-recording.ts';
import { hostileRecording } from '../render/hostile-recording.ts';

/** The report in somebody else's browser: what it reads, and what it would run. Needs Debian's package chromium. */
const CHROMIUM = '/usr/bin/chromium';

const directory = mkdtempSync(join(tmpdir(), 'kmedic-report-'));
const page = (name: string): string => join(directory, name);

function chromium(...argv: readonly string[]): Promise<string> {
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    `--user-data-dir=${page('profile')}`,
  ];
  const child = spawn(CHROMIUM, [...flags, ...argv], { stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`chromium ended with ${code}`))));
  });
}

function html(of: Recording): string {
  const evidence = { recording: of, client: null, logDir: null };
  const diagnosis = diagnoseAll(KNOWLEDGE, evidence);
  const say = ({ words }: { readonly words: readonly string[] }) => ['kmedic', ...words].join(' ');
  return reportHtml({ recording: of, diagnosis: buildDiagnosis(KNOWLEDGE, 'test', evidence, diagnosis, say) });
}

/** Size of a PNG, and its bytes without the header: another picture has others. */
function picture(name: string): { width: number; height: number; bytes: Buffer } {
  const bytes = readFileSync(page(name));
  expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), bytes };
}

describe.skipIf(!existsSync(CHROMIUM))('the report in Chromium', () => {
  let server: Server;
  const asked: string[] = [];
  let origin = '';

  beforeAll(async () => {
    writeFileSync(page('incident.html'), html(recording([20, 15, 10, 5, 0].map(stalled))));
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const name = (request.url ?? '/').slice(1);
      const known = name === 'hostile.html' || name === 'incident.html';
      response.writeHead(known ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' });
      response.end(known ? readFileSync(page(name)) : '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    // A name that points at this server, so that an attempt to load it would be seen.
    const bait = JSON.stringify(hostileRecording()).replaceAll('http://evil.example/x.png', `${origin}/stolen.png`);
    writeFileSync(page('hostile.html'), html(JSON.parse(bait) as Recording));
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true, force: true });
  });

  it('parses to what was written: every section and chart is there', async () => {
    const dom = await chromium('--dump-dom', `file://${page('incident.html')}`);
    for (const id of ['verdicts', 'groups', 'replication', 'path', 'evidence'])
      expect(dom).toContain(`<h2 id="${id}">`);
    expect(dom.match(/<svg /g)?.length).toBe(html(recording([20, 15, 10, 5, 0].map(stalled))).match(/<svg /g)?.length);
    expect(dom).toContain('<polyline ');
  });

  it('runs nothing and loads nothing, whatever things are called', async () => {
    const dom = await chromium('--dump-dom', `${origin}/hostile.html`);
    expect(dom).toContain('<title>Incident report:');
    expect(dom).not.toContain('<title>owned');
    // The browser found no element that the report did not write.
    const tags = new Set([...dom.matchAll(/<([a-zA-Z][\w-]*)[\s>]/g)].map(([, tag]) => tag?.toLowerCase()));
    for (const tag of ['script', 'img', 'iframe', 'a', 'link', 'object']) expect(tags.has(tag)).toBe(false);
    expect(dom).toContain('&lt;script&gt;document.title="owned"&lt;/script&gt;');
    expect(asked.filter((url) => url !== '/hostile.html' && url !== '/favicon.ico')).toEqual([]);
  });

  it('is drawn by day and by night, wide and narrow, and on paper', async () => {
    const shot = async (name: string, size: string, ...more: readonly string[]) => {
      await chromium(`--screenshot=${page(name)}`, `--window-size=${size}`, ...more, `file://${page('incident.html')}`);
      return picture(name);
    };
    const light = await shot('light.png', '1100,1400');
    const dark = await shot('dark.png', '1100,1400', '--force-dark-mode', '--blink-settings=preferredColorScheme=0');
    const narrow = await shot('narrow.png', '500,1400');
    expect([light.width, light.height, narrow.width]).toEqual([1_100, 1_400, 500]);
    // An empty page packs to a few kilobytes.
    expect(light.bytes.length).toBeGreaterThan(40_000);
    expect(dark.bytes.equals(light.bytes)).toBe(false);
    await chromium(`--print-to-pdf=${page('paper.pdf')}`, `file://${page('incident.html')}`);
    const pdf = readFileSync(page('paper.pdf'));
    expect(pdf.subarray(0, 5).toString('latin1')).toBe('%PDF-');
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(1);
  });
});
