import { countText } from '../../../health/count-text.ts';
import { spanText } from '../../../health/span-text.ts';
import { escapeInline } from '../../../render/escape.ts';
import { optionsOf, type Run } from '../../command.ts';
import type { StartClusterOptions } from '../../deps.ts';
import { usage } from '../../failure.ts';
import { untilInterrupted } from '../../until-interrupted.ts';
import type { brokerStart } from './descriptors.ts';
import { parseConfig, parseTopics } from './topics.ts';

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof brokerStart>(invocation);
  if (options.port !== 0 && options.port + options.nodes - 1 > 65_535) {
    throw usage(`${options.nodes} nodes from port ${options.port} on need ports beyond 65535`);
  }
  const settings: StartClusterOptions = {
    nodes: options.nodes,
    port: options.port,
    host: options.host,
    ...(options.advertise === undefined ? {} : { advertise: options.advertise }),
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    ...(options.racks === undefined ? {} : { racks: options.racks.split(',').map((rack) => rack.trim()) }),
    topics: parseTopics(options.topic, options.nodes),
    config: parseConfig(options.config),
    ...(options.log === undefined
      ? {}
      : {
          log: (level, message, fields = {}) =>
            io.err(
              options.log === 'json' ? jsonLog(io.now(), level, message, fields) : textLog(level, message, fields),
            ),
        }),
  };
  const over = new AbortController();
  const cluster = await deps.startCluster({
    ...settings,
    halted: (node, reason, isLast) => {
      io.err(`broker ${node} has halted, its log directory failed: ${escapeInline(reason)}\n`);
      if (isLast) over.abort();
    },
  });
  try {
    const listeners = cluster.brokers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
    if (invocation.globals.output === 'table' || invocation.globals.output === 'wide') {
      const where = options.dataDir === undefined ? 'in memory' : `in ${escapeInline(options.dataDir)}`;
      io.out(`listening on ${listeners.join(',')}\n`);
      io.err(
        `${countText(listeners.length, 'broker')}, ${where}, ready in ${spanText(cluster.readyInMs)}; Ctrl-C stops them\n`,
      );
    } else {
      const { renderJsonLine } = await import('../../../render/json.ts');
      const at = new Date(io.now()).toISOString();
      io.out(
        renderJsonLine({ kind: 'listening', version: 1, at, brokers: cluster.brokers, readyInMs: cluster.readyInMs }),
      );
    }
    await untilInterrupted({ interrupted: AbortSignal.any([io.interrupted, over.signal]) });
    return over.signal.aborted ? 1 : 0;
  } finally {
    await cluster.close();
  }
};

type Fields = Readonly<Record<string, unknown>>;

function jsonLog(now: number, level: string, message: string, fields: Fields): string {
  return `${JSON.stringify({ at: new Date(now).toISOString(), level, message, ...fields })}\n`;
}

function textLog(level: string, message: string, fields: Fields): string {
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${escapeInline(String(value))}`);
  return `${level.padEnd(5)} ${escapeInline(message)}${rest.join('')}\n`;
}
