import * as z from 'zod';
import { problemSchema } from '../../../cluster/snapshot.ts';

export const injectedFaultSchema = z.object({
  fault: z.string().describe('its name in the vocabulary'),
  label: z.string().nullable().describe('tells several of one kind apart'),
  brokers: z.array(z.number()),
  value: z.string().describe('as it was set'),
  remainingMs: z.number().nullable().describe('null: until it is cleared'),
  config: z.object({ broker: z.string().describe('empty: all brokers'), name: z.string() }),
});
export type InjectedFault = z.infer<typeof injectedFaultSchema>;

/** What `kmedic broker fault` prints, whatever it did: the faults that are injected then. */
export const faultsDocumentSchema = z.object({
  kind: z.literal('faults'),
  version: z.literal(1),
  at: z.string(),
  done: z.enum(['listed', 'injected', 'cleared']),
  faults: z.array(injectedFaultSchema),
  errors: z.array(problemSchema),
});
export type FaultsDocument = z.infer<typeof faultsDocumentSchema>;
