import { describe, expect, it } from 'vitest';
import { OnTerminal } from './run-bin.ts';

const CTRL_C = '\u0003';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

describe('on a terminal', () => {
  it('demo keeps the incident alive until Ctrl-C, in colour', async () => {
    const demo = new OnTerminal(['demo']);
    await demo.said('Ctrl-C stops the cluster; nothing is left behind.');
    demo.type(CTRL_C);
    const { code, out } = await demo.ended;
    expect(code).toBe(0);
    expect(out).toContain('\u001b[31mSTALL\u001b[39m');
    expect(out).toMatch(/lag \d \d\d\d/);
  });

  it('lag --watch redraws in place, and leaves the terminal as it was', async () => {
    const watch = new OnTerminal(['lag', '--watch', '300ms', '--embedded'], { NO_COLOR: '1' });
    await watch.said('\u001b[H', 3);
    watch.type(CTRL_C);
    const { code, out } = await watch.ended;
    expect(code).toBe(130);
    expect(out).toContain('STALL');
    expect(out).not.toContain('\u001b[31m');
    const tail = out.slice(out.lastIndexOf(LEAVE) + LEAVE.length);
    expect(out).toContain(LEAVE);
    expect(tail).toMatch(/^\S+Z groups=1 partitions=3 lag=\d+ unknown=0 /);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: nothing is left switched on
    expect(tail).not.toMatch(/\u001b\[\?(?:25l|7l|1049h)/);
  });

  it('groups digits, and says which columns it has no room for', async () => {
    const lag = new OnTerminal(['lag', '--from', 'fixtures/snapshots/incident.json'], {}, 80);
    const { code, out } = await lag.ended;
    expect(code).toBe(0);
    expect(out).toContain('29 193');
    expect(out).toContain('not shown at 80 columns');
  });
});
