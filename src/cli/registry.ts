import type { Command } from './command.ts';
import {
  brokerFault,
  brokerFaultClear,
  brokerFaultList,
  brokerStart,
  brokerStatus,
} from './commands/broker/descriptors.ts';
import { cluster } from './commands/cluster/descriptors.ts';
import { demo } from './commands/demo/descriptors.ts';
import { DIAGNOSE_COMMANDS } from './commands/diagnose/descriptors.ts';
import { diff } from './commands/diff/descriptors.ts';
import { DRILL_COMMANDS } from './commands/drill/descriptors.ts';
import { explain } from './commands/explain/descriptors.ts';
import { groupsDelete, groupsDescribe, groupsList } from './commands/groups/descriptors.ts';
import { ISR_COMMANDS } from './commands/isr/descriptors.ts';
import { lag } from './commands/lag/descriptors.ts';
import { OFFSETS_COMMANDS } from './commands/offsets/descriptors.ts';
import { record } from './commands/record/descriptors.ts';
import { report } from './commands/report/descriptors.ts';
import { runbook } from './commands/runbook/descriptors.ts';
import { schema } from './commands/schema/descriptors.ts';
import { SEGMENTS_COMMANDS } from './commands/segments/descriptors.ts';
import { WAIT_COMMANDS } from './commands/wait/descriptors.ts';

/** Every command of this build, in the order that help lists them. */
export const COMMANDS: readonly Command[] = [
  demo,
  lag,
  groupsList,
  groupsDescribe,
  groupsDelete,
  ...OFFSETS_COMMANDS,
  ...ISR_COMMANDS,
  cluster,
  ...DIAGNOSE_COMMANDS,
  runbook,
  explain,
  ...WAIT_COMMANDS,
  ...SEGMENTS_COMMANDS,
  record,
  diff,
  report,
  schema,
  ...DRILL_COMMANDS,
  brokerStart,
  brokerStatus,
  brokerFault,
  brokerFaultList,
  brokerFaultClear,
];

/** What the first words are about, for those that only have subcommands. */
export const NOUNS: Readonly<Record<string, string>> = {
  groups: 'consumer groups: list, describe, delete',
  offsets: 'committed offsets: plan, preview, apply, verify, undo',
  segments: "a broker's files, without the broker: dump, verify, stats, groups, find, diff, salvage",
  isr: 'replication: replicas, ISR, elections',
  drill: 'practice incidents on the bundled cluster',
  diagnose: 'find the cause of an incident; replay a saved diagnosis',
  wait: 'until something holds: replication healthy, no lag, an empty group',
  broker: 'the bundled broker: start, status, fault',
};
