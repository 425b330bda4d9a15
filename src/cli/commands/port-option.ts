import type { OptionSpec } from '../command.ts';

/** Where an embedded cluster that is there for a person listens. */
export const PORT_OPTION = {
  kind: 'integer',
  name: 'port',
  value: 'port',
  default: 0,
  min: 0,
  max: 65_535,
  description: 'of the first broker (0: any free ports)',
} as const satisfies OptionSpec;
