import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that passes on every chunk `oneWayMs` later, in both directions: a round trip of twice that. */
export async function startDelayProxy(
  targetPort: number,
  listenPort: number,
  oneWayMs: number,
): Promise<() => Promise<void>> {
  const open = new Set<Socket>();
  const later = (from: Socket, to: Socket): void => {
    open.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), oneWayMs));
    from.on('end', () => setTimeout(() => to.end(), oneWayMs));
    from.on('error', () => to.destroy());
    from.on('close', () => open.delete(from));
  };
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: targetPort });
    later(client, upstream);
    later(upstream, client);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(listenPort, '127.0.0.1', resolve));
  return async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
}
