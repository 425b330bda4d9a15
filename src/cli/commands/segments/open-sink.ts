import { escapeInline } from '../../../render/escape.ts';
import type { Style } from '../../../render/style.ts';
import type { Finding } from '../../../segments/findings.ts';
import type { Output } from '../../command.ts';
import { type Io, styleOf } from '../../io.ts';
import type { DumpPlan } from './dump-plan.ts';
import type { DumpError, DumpSink } from './dump-sink.ts';
import { findingLine } from './finding-lines.ts';
import { StreamTable } from './stream-table.ts';
import { TableSink } from './table-sink.ts';
import { TextOut } from './text-out.ts';

/** Where the rows of a dump go, by the format that was asked for. */
export async function openSink(plan: DumpPlan, output: Output, io: Io): Promise<DumpSink> {
  const style = await styleOf(io, output === 'wide');
  const complain = (finding: Finding): void =>
    io.err(`${findingLine(finding, style)}: ${escapeInline(finding.detail)}\n`);
  const fail = ({ message, advice }: DumpError): void =>
    io.err(`✗ ${escapeInline(message)}\n${advice === null ? '' : `  ${escapeInline(advice)}\n`}`);
  if (plan.format !== 'kmedic') {
    const { KafkaSink } = await import('./kafka-sink.ts');
    const { contents, skipMetadata, keyText, valueText } = plan;
    return new KafkaSink(
      { contents, skipMetadata, keyText, valueText, as39: plan.format === 'kafka-3.9', terminal: io.outIsTty },
      io.out,
      complain,
      fail,
    );
  }
  switch (output) {
    case 'ndjson':
      return new (await import('./json-sink.ts')).NdjsonSink(plan.what, plan, io.out);
    case 'json':
      return jsonSink(plan, io, io.out);
    case 'yaml':
      return yamlSink(plan, io);
    case 'csv':
    case 'table':
    case 'wide':
      return tableSink(plan, output, style, io, complain, fail);
  }
}

async function jsonSink(plan: DumpPlan, io: Io, write: (data: string | Buffer) => void): Promise<DumpSink> {
  const { JsonSink } = await import('./json-sink.ts');
  return new JsonSink(new Date(io.now()).toISOString(), plan.what, plan, write);
}

/** YAML is made of the finished document, and so takes memory with it. */
async function yamlSink(plan: DumpPlan, io: Io): Promise<DumpSink> {
  const { renderYaml } = await import('../../../render/yaml.ts');
  let text = '';
  const sink = await jsonSink(plan, io, (more) => {
    text += more.toString();
  });
  const close = sink.close.bind(sink);
  sink.close = (errors) => {
    close(errors);
    io.out(renderYaml(JSON.parse(text)));
  };
  return sink;
}

async function tableSink(
  plan: DumpPlan,
  output: 'csv' | 'table' | 'wide',
  style: Style,
  io: Io,
  complain: (finding: Finding) => void,
  fail: (error: DumpError) => void,
): Promise<DumpSink> {
  const csvRows = output === 'csv' ? (await import('./csv-rows.ts')).csvRows : null;
  const out = new TextOut(io.out);
  const titles = io.outIsTty && output !== 'csv';
  const told = new Set<string>();
  const leftOut = (headers: readonly string[]): void => {
    for (const header of headers) told.add(header);
  };
  return new TableSink(
    {
      begin: (columns) => csvRows?.(columns, out.add) ?? new StreamTable(columns, style, out.add, leftOut),
      title: titles ? (text) => out.add(`${style.theme('strong', escapeInline(text))}\n`) : null,
      complain,
      pass: (path) => io.err(`✓ ${escapeInline(path)}: sound\n`),
      fail,
      close: () => {
        if (told.size === 0) return;
        const text = `not shown at ${io.width} columns: ${[...told].join(', ')} (-o wide shows all)`;
        out.add(`${style.theme('muted', text)}\n`);
      },
      flush: () => out.flush(),
    },
    plan.what,
    plan,
  );
}
