import { int16, message, string } from '../schema/index.ts';

/** A feature of the cluster was finalized at a level: `metadata.version`, `transaction.version` and so on (KIP-584). */
export const FeatureLevelRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    name: string('0+'),
    featureLevel: int16('0+'),
  },
});
