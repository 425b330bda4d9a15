import type { ConsumerRole, ProducerRole, Role } from '../clients/roles.ts';
import type { Deployed, Settings } from '../drill.ts';

/** The consumers of a deployment: as many as `drill.instances` says, named after the group; the last one may be slower. */
export function consumers(
  settings: Settings,
  role: Omit<ConsumerRole, 'kind' | 'clientId' | 'properties'>,
): readonly Role[] {
  const text = settings['drill.instances'] ?? '1';
  if (!/^\d{1,2}$/.test(text)) throw new Error(`drill.instances=${text}: not a number from 0 to 99`);
  const count = Number(text);
  const slow = settings['drill.slow.processing.ms'];
  const slowest = slow === undefined ? settings : { ...settings, 'drill.processing.ms': slow };
  return Array.from({ length: count }, (_, at) => ({
    ...role,
    kind: 'consumer' as const,
    clientId: `${role.group}-${at + 1}`,
    properties: at === count - 1 ? slowest : settings,
  }));
}

/** A client that writes. */
export function producer(role: Omit<ProducerRole, 'kind'>): Role {
  return { ...role, kind: 'producer' };
}

/** Records that come all the time, whatever anybody deploys. */
export function traffic(role: Omit<ProducerRole, 'kind' | 'brokers'>): Deployed {
  return {
    text: file('# records come in all the time', `acks=${role.acks === 1 ? 1 : 'all'}`),
    clients: (_, brokers) => [producer({ ...role, brokers })],
  };
}

/** A properties file with its comments. */
export function file(...lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
