import { type Address, formatAddress } from './address.ts';
import type { Channel } from './channel.ts';
import { asClientError, ClientError, type ClientErrorName } from './error.ts';

/** How long a bootstrap address may stay silent before the next one is tried beside it. */
const STAGGER_MS = 250;

/** With several reasons for failing, the one that says most about what to change comes first. */
const TELLING: readonly ClientErrorName[] = [
  'AUTHENTICATION',
  'TLS',
  'NOT_KAFKA',
  'UNSUPPORTED',
  'TIMED_OUT',
  'UNREACHABLE',
];

/**
 * Connects to the first address that answers. Addresses are begun in their order, each as soon as the one before has
 * failed or was silent for 250 ms; the others are given up when one has answered. When all fail, the ClientError names each.
 */
export async function bootstrap(
  addresses: readonly Address[],
  connect: (address: Address) => Promise<Channel>,
): Promise<{ address: Address; channel: Channel }> {
  const failures: { address: Address; error: ClientError }[] = [];
  return new Promise((resolve, reject) => {
    let begun = 0;
    let won = false;
    let timer: NodeJS.Timeout | undefined;

    const next = () => {
      clearTimeout(timer);
      const address = addresses[begun];
      if (won || address === undefined) return;
      begun += 1;
      timer = setTimeout(next, STAGGER_MS);
      connect(address).then(
        (channel) => {
          if (won) return channel.close();
          won = true;
          clearTimeout(timer);
          resolve({ address, channel });
        },
        (error: unknown) => {
          if (won) return;
          try {
            failures.push({ address, error: asClientError(error) });
          } catch (defect) {
            clearTimeout(timer);
            return reject(defect);
          }
          if (failures.length === addresses.length) {
            clearTimeout(timer);
            reject(allFailed(failures));
          } else next();
        },
      );
    };
    next();
  });
}

function allFailed(failures: readonly { address: Address; error: ClientError }[]): ClientError {
  const [first] = failures;
  if (failures.length === 1 && first) return first.error;
  const telling =
    [...failures].sort((a, b) => TELLING.indexOf(a.error.name) - TELLING.indexOf(b.error.name))[0] ?? first;
  const list = failures.map(({ address, error }) => `${formatAddress(address)}: ${error.message}`).join('; ');
  return new ClientError(
    telling?.error.name ?? 'UNREACHABLE',
    `none of ${failures.length} bootstrap servers can be used: ${list}`,
    telling?.error.advice ?? null,
  );
}
