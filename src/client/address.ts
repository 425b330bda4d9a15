import { ClientError } from './error.ts';

/** Where a broker listens. `host` is a name or an IP address, without the brackets of an IPv6 literal. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORT = 9092;

/**
 * Parses `host`, `host:port`, `[::1]:9092`, a bare IPv6 address, or Kafka's `SECURITY://host:port` (the protocol is
 * dropped: it belongs into the client properties). Throws INVALID_SETTING.
 */
export function parseAddress(text: string): Address {
  const bare = text.trim().replace(/^[A-Za-z_]+:\/\//, '');
  const match = /^\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\](?::(\d+))?$/.exec(bare) ?? /^([^\s:/[\]]+)(?::(\d+))?$/.exec(bare);
  const host = match?.[1] ?? (/^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(bare) ? bare : undefined);
  const port = match?.[2] === undefined ? DEFAULT_PORT : Number(match[2]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new ClientError(
      'INVALID_SETTING',
      `not a broker address: "${text}"`,
      'Write host:port, several separated by commas; an IPv6 address in brackets: [::1]:9092.',
    );
  }
  return { host, port };
}

/** Parses a comma-separated list as in `bootstrap.servers`; duplicates are dropped. Throws INVALID_SETTING. */
export function parseAddresses(text: string): Address[] {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  if (parts.length === 0) throw new ClientError('INVALID_SETTING', 'no broker address given');
  const found = new Map<string, Address>();
  for (const part of parts) {
    const address = parseAddress(part);
    found.set(formatAddress(address), address);
  }
  return [...found.values()];
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
