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

/** What `kmedic broker status` prints. */
export const brokersDocumentSchema = z.object({
  kind: z.literal('brokers'),
  version: z.literal(1),
  at: z.string(),
  cluster: z.object({ id: z.string().nullable() }),
  brokers: z.array(
    z.object({
      broker: z.number(),
      host: z.string(),
      port: z.number(),
      rack: z.string().nullable(),
      controller: z.boolean(),
      status: z.string().describe('up, fenced, or the name of the error that it was asked with in vain'),
      error: z.string().nullable(),
    }),
  ),
  faults: z.array(injectedFaultSchema).nullable().describe('null: not kmedic’s broker, which has none'),
  errors: z.array(problemSchema),
});
export type BrokersDocument = z.infer<typeof brokersDocumentSchema>;
