import { int16, message, string } from '../schema/index.ts';

/** FeatureLevelRecord */
export const FeatureLevelRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    name: string('0+'),
    featureLevel: int16('0+'),
  },
});
