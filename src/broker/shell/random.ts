import { randomBytes, randomInt } from 'node:crypto';
import { ZERO_UUID } from '../../protocol/schema/index.ts';
import type { Random } from '../env.ts';

/** Chance from the operating system. */
export const realRandom: Random = {
  below: (bound) => randomInt(bound),
  uuid() {
    for (;;) {
      const uuid = randomBytes(16).toString('base64url');
      // Kafka's own ids never begin with a dash, because people give them to command lines.
      if (uuid !== ZERO_UUID && !uuid.startsWith('-')) return uuid;
    }
  },
};
