import type { Channel, OpenChannel } from '../../src/client/channel.ts';

/** API keys of the requests that were sent since the last `sent.length = 0`. */
export const sent: number[] = [];

type ChannelModule = { readonly openKafkajsChannel: OpenChannel };

/** What `vi.mock` puts in the place of `kafkajs-channel.ts`: the real connections, whose requests are noted in `sent`. */
export async function notingRequests(original: <M>() => Promise<M>): Promise<ChannelModule> {
  const real = await original<ChannelModule>();
  return {
    ...real,
    openKafkajsChannel: async (address, settings) => {
      const channel = await real.openKafkajsChannel(address, settings);
      return {
        versions: channel.versions,
        get open() {
          return channel.open;
        },
        close: () => channel.close(),
        request(...args: Parameters<Channel['request']>) {
          sent.push(args[0]);
          return channel.request(...args);
        },
      };
    },
  };
}
