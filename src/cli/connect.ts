import { type Address, formatAddress, parseAddresses } from '../client/address.ts';
import { ClusterClient } from '../client/cluster-client.ts';
import { openKafkajsChannel } from '../client/kafkajs-channel.ts';
import { type ClientProperties, readClientProperties } from '../client/properties.ts';
import { deleteGroups } from '../cluster/delete-groups.ts';
import { observe } from '../cluster/observe.ts';
import type { Globals } from './command.ts';

import type { Connection } from './deps.ts';
import { DEFAULT_BOOTSTRAP } from './globals.ts';

/** A client of the cluster that the global options describe. Flags win over the properties file, which wins over the environment. */
export function openClient(globals: Globals): { readonly client: ClusterClient; readonly name: string } {
  const properties = globals.commandConfig === undefined ? null : readClientProperties(globals.commandConfig);
  const bootstrap = bootstrapOf(globals, properties);
  const client = new ClusterClient(
    {
      bootstrap,
      clientId: properties?.clientId ?? 'kmedic',
      connectTimeoutMs: Math.min(globals.timeoutMs, properties?.connectTimeoutMs ?? globals.timeoutMs),
      requestTimeoutMs: Math.min(globals.timeoutMs, properties?.requestTimeoutMs ?? globals.timeoutMs),
      tls: properties?.tls ?? null,
      sasl: properties?.sasl ?? null,
    },
    openKafkajsChannel,
  );
  return { client, name: bootstrap.map(formatAddress).join(',') };
}

/** A cluster as commands see it. */
export function connect(globals: Globals): Connection {
  const { client, name } = openClient(globals);
  return {
    name,
    observe: (request) => observe(client, request),
    record: async (request, world) => (await import('../cluster/record.ts')).record(client, request, world),
    deleteGroups: (groups) => deleteGroups(client, groups),
    close: async () => client.close(),
  };
}

function bootstrapOf(globals: Globals, properties: ClientProperties | null): readonly Address[] {
  if (globals.bootstrapServer !== undefined) return parseAddresses(globals.bootstrapServer);
  if (properties?.bootstrap != null) return properties.bootstrap;
  return parseAddresses(globals.env['KAFKA_BOOTSTRAP_SERVERS'] ?? DEFAULT_BOOTSTRAP);
}
