/** The report's look: quiet, both by day and by night, and on paper. No font, image or script is fetched from anywhere. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --bg: #f7f7f4; --card: #ffffff; --ink: #20262c; --muted: #59636e; --line: #e2e3de; --code: #f1f1ed;
  --good: #17683d; --good-bg: #e4f2e9; --warn: #7c5300; --warn-bg: #faeecf; --bad: #a5221a; --bad-bg: #fbe7e4;
  --note: #35517c; --note-bg: #e8eef7; --none: #59636e; --none-bg: #eeeeea;
  --s0: #20262c; --s1: #1f5fa8; --s2: #b04e12; --s3: #17683d; --s4: #7b3fa0; --s5: #a3285f; --s6: #6b6100;
  --h0: #f1f1ed; --h1: #e3ecf7; --h2: #c3d7ee; --h3: #93b7df; --h4: #3f74b0; --h5: #1c4a82; --h-low: #20262c; --h-high: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #14171a; --card: #1c2024; --ink: #e5e7ea; --muted: #a2abb5; --line: #31373d; --code: #25292e;
    --good: #7cd3a1; --good-bg: #17362a; --warn: #e9c46a; --warn-bg: #3b3016; --bad: #ff9d92; --bad-bg: #45201d;
    --note: #a9c4ee; --note-bg: #233147; --none: #a2abb5; --none-bg: #2a2f35;
    --s0: #e5e7ea; --s1: #7ab3ef; --s2: #f0a06a; --s3: #7cd3a1; --s4: #c9a2ec; --s5: #f08ab8; --s6: #d8c75a;
    --h0: #25292e; --h1: #1f2f44; --h2: #28456b; --h3: #386399; --h4: #79aae2; --h5: #c2dcfa; --h-low: #e5e7ea; --h-high: #14171a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
header { margin-bottom: 2rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: .25rem 0 .75rem; letter-spacing: -.01em; text-wrap: balance; overflow-wrap: anywhere; }
h1::first-letter, .cause::first-letter, .card > p:not(.meta)::first-letter, .group > p:not(.meta)::first-letter, .actions li::first-letter { text-transform: uppercase; }
.cause { display: inline-block; }
h2 { font-size: 1.25rem; margin: 2.75rem 0 .75rem; padding-bottom: .35rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h4 { font-size: .8rem; margin: 1rem 0 .25rem; color: var(--muted); font-weight: 600; }
p { margin: .4rem 0; max-width: 52rem; overflow-wrap: anywhere; }
ul, ol { margin: .25rem 0; padding-left: 1.35rem; }
li { margin: .2rem 0; max-width: 52rem; overflow-wrap: anywhere; }
.eyebrow, .meta, .source, figcaption span { color: var(--muted); font-size: .875rem; }
.eyebrow { margin: 0; }
dl.facts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 0; }
dl.facts div { min-width: 0; }
dl.facts dt { color: var(--muted); font-size: .8rem; }
dl.facts dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.card, .group, .walk { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem; margin: 1rem 0; }
.card.bad { border-left: 4px solid var(--bad); }
.card.warn { border-left: 4px solid var(--warn); }
.card.good { border-left: 4px solid var(--good); }
.badge { display: inline-block; border-radius: 99px; padding: 0 .6em; font-size: .8rem; font-weight: 600; white-space: nowrap; color: var(--none); background: var(--none-bg); }
.badge.good { color: var(--good); background: var(--good-bg); }
.badge.warn { color: var(--warn); background: var(--warn-bg); }
.badge.bad { color: var(--bad); background: var(--bad-bg); }
.badge.note { color: var(--note); background: var(--note-bg); }
pre { background: var(--code); border-radius: 6px; padding: .7rem .9rem; margin: .25rem 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; line-height: 1.6; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
figure { margin: 1.25rem 0 0; }
figcaption { font-weight: 600; font-size: .9rem; margin-bottom: .25rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th { text-align: left; font-weight: 600; color: var(--muted); white-space: nowrap; }
th, td { padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
td { min-width: 3.5rem; }
.events td:nth-child(3) { min-width: 14rem; }
.events td:last-child { white-space: nowrap; padding-right: 0; }
figure + .scroll { margin-top: 1.5rem; }
time, .number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.number { text-align: right; }
.steps > li { margin: .8rem 0; }
.ask { font-weight: 600; }
.answer { margin: .1rem 0; }
.chart { display: block; width: 100%; height: auto; font: 13px system-ui, "Liberation Sans", sans-serif; }
.chart text { fill: var(--ink); }
.chart .tick, .chart .name { fill: var(--muted); }
.chart .name { fill: var(--ink); }
.grid { stroke: var(--line); stroke-width: 1; }
.series polyline { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.series .dot { fill: currentColor; }
.series .label { fill: currentColor; font-weight: 600; }
.s0 { color: var(--s0); } .s0 polyline { stroke-width: 2.75; }
.s1 { color: var(--s1); } .s2 { color: var(--s2); } .s2 polyline { stroke-dasharray: 7 4; }
.s3 { color: var(--s3); } .s3 polyline { stroke-dasharray: 2 4; }
.s4 { color: var(--s4); } .s4 polyline { stroke-dasharray: 10 4 2 4; }
.s5 { color: var(--s5); } .s5 polyline { stroke-dasharray: 4 4; }
.s6 { color: var(--s6); } .s6 polyline { stroke-dasharray: 12 5; }
.band rect { fill: var(--none-bg); stroke: var(--none); stroke-width: .6; }
.band text { fill: var(--none); font-weight: 600; }
.band.good rect { fill: var(--good-bg); stroke: var(--good); } .band.good text { fill: var(--good); }
.band.note rect { fill: var(--note-bg); stroke: var(--note); } .band.note text { fill: var(--note); }
.band.warn rect { fill: var(--warn-bg); stroke: var(--warn); } .band.warn text { fill: var(--warn); }
.band.bad rect { fill: var(--bad-bg); stroke: var(--bad); stroke-width: 1.2; } .band.bad text { fill: var(--bad); }
.cell text { fill: var(--h-low); font-size: 11px; font-variant-numeric: tabular-nums; }
.h0 rect { fill: var(--h0); } .h1 rect { fill: var(--h1); } .h2 rect { fill: var(--h2); } .h3 rect { fill: var(--h3); }
.h4 rect { fill: var(--h4); } .h5 rect { fill: var(--h5); }
.cell.h4 text, .cell.h5 text { fill: var(--h-high); }
footer { margin-top: 3rem; color: var(--muted); font-size: .875rem; }
@media (max-width: 40rem) {
  main { padding: 1.5rem .9rem 3rem; }
  h1 { font-size: 1.4rem; }
  .card, .group, .walk { padding: .9rem; }
  figure .chart { min-width: 46rem; }
  figure { overflow-x: auto; }
}
@media print {
  :root { --bg: #fff; --card: #fff; --ink: #000; --muted: #444; --line: #ccc; --code: #f4f4f4; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  .card, .walk, figure, tr { break-inside: avoid; }
  h2, h3, h4, figcaption { break-after: avoid; }
  .card.bad, .card.warn, .card.good, .badge, .band rect, .cell rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
