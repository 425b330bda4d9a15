import type { Tree } from '../model.ts';
import { LAG_LEAVES } from './lag-leaves.ts';
import { BROKERS, question, sources } from './write.ts';

const CAUSES = [...BROKERS, 'transactions', 'commits', 'rebalance', 'duplicates', 'loss'];

/** Why a group is behind. First what is not the consumers’ fault, then who reads, then how fast. */
export const lag: Tree = {
  id: 'lag',
  title: 'Consumer lag',
  subject: 'group',
  symptoms: [
    { id: 'lag-grows', text: 'lag grows', also: CAUSES },
    { id: 'lag-spikes', text: 'lag spikes every few minutes, then is gone', also: CAUSES },
    { id: 'one-partition', text: 'one partition is far behind the others', also: CAUSES },
    {
      id: 'downstream-empty',
      text: 'lag is zero, and nothing arrives downstream',
      says: { arrives: 'no' },
      also: CAUSES,
    },
  ],
  entry: 'lag-trouble',
  root: 'blocked',
  questions: {
    blocked: question({
      ask: 'Can the group read at all?',
      why: 'where the cluster holds records back, nothing that is changed at the consumers helps',
      how: 'kmedic lag shows LEADERLESS, HIDDEN-BACKLOG, BLOCKED-BY-TXN or ERROR; kmedic isr',
      probe: 'reading-blocked',
      answers: {
        coordinator: ['no, it has no coordinator', 'BEH-05'],
        leaderless: ['no, a partition has no leader', 'BEH-01'],
        silent: ['no, a leader does not answer', 'BEH-02'],
        watermark: ['no, records wait behind a high watermark that stands still', 'BEH-03'],
        transaction: ['no, an open transaction is in the way', 'BEH-04'],
        no: ['yes', 'readers'],
      },
    }),
    readers: question({
      ask: 'Does somebody read every partition?',
      why: 'lag without an owner only grows',
      how: 'kmedic groups describe --assignments',
      probe: 'readers',
      answers: {
        nobody: ['the group has no members', 'BEH-06'],
        unseen: ['the group has no members, and its commits move all the same', 'BEH-24'],
        'no-owner': ['it has members, and none owns some partition', 'BEH-07'],
        yes: ['yes', 'rebalancing'],
      },
    }),
    rebalancing: question({
      ask: 'Does the group rebalance again and again?',
      why: 'lag that rises and falls to zero every few minutes is the trace of rebalances, not of slow consumers',
      how: 'kmedic groups describe --state, several times',
      probe: 'rebalance-repeated',
      answers: { yes: ['yes', 'BEH-08'], no: ['no', 'shape'] },
      otherwise: 'shape',
    }),
    shape: question({
      ask: 'What does lag look like over the partitions, and over time?',
      why: 'one partition or all of them, standing still or losing ground: each has its own reasons',
      how: 'kmedic lag --window 10s',
      probe: 'lag-shape',
      answers: {
        'stuck-one': ['commits stand still in some partitions, the others move', 'BEH-09'],
        'stuck-all': ['no commit moves, although members own the partitions', 'BEH-10'],
        uneven: ['one or few partitions are far behind the others', 'why-uneven'],
        growing: ['it grows everywhere', 'throttled'],
        steady: ['it stays, as much is read as is written', 'throttled'],
        shrinking: ['it shrinks', 'BEH-11'],
        misplaced: ['it is counted from positions that do not fit the log', 'BEH-23'],
        none: ['there is none', 'arrives'],
      },
    }),
    'why-uneven': question({
      ask: 'Why is this partition behind?',
      why: 'too many records for it, or too slow a member for them',
      how: 'compare the rates at which partitions are written; kmedic segments stats --deep counts keys',
      probe: 'uneven-why',
      answers: {
        'hot-key': ['one or few keys make most of its records', 'BEH-12'],
        writes: ['far more is written to it than to the others', 'BEH-13'],
        member: ['as much is written to it as to the others: its member is slower, or has more to do', 'BEH-14'],
      },
    }),
    throttled: question({
      ask: 'Do brokers hold the group back by a quota?',
      why: 'a throttled consumer looks like a slow one',
      how: 'the metric fetch-throttle-time-avg of the consumers',
      probe: 'throttled',
      answers: { yes: ['yes', 'BEH-20'], no: ['no', 'members'] },
      otherwise: 'members',
    }),
    members: question({
      ask: 'Are there more members than partitions?',
      why: 'a partition has one reader in a group: members beyond that are idle',
      how: 'kmedic groups describe --members',
      probe: 'members-partitions',
      answers: {
        more: ['yes, some are idle', 'BEH-15'],
        same: ['as many', 'consumer-cpu'],
        fewer: ['fewer', 'consumer-cpu'],
      },
      otherwise: 'consumer-cpu',
    }),
    'consumer-cpu': question({
      ask: 'How busy are the consumers’ CPUs?',
      why: 'at the limit the code has to get cheaper; below it they wait for something',
      how: 'top on a consumer’s host, or the CPU limit of its container',
      answers: {
        full: ['at least one is at its limit', 'BEH-16'],
        idle: ['none is (below 80 %)', 'waits-for'],
      },
      otherwise: 'BEH-17',
    }),
    'waits-for': question({
      ask: 'What do they wait for?',
      why: 'a slow database is not cured by larger fetches, nor the other way round',
      how: 'time the calls downstream; the consumers’ metrics fetch-latency-avg and records-per-request-avg',
      answers: {
        downstream: ['for what they call: a database, HTTP', 'BEH-18'],
        fetch: ['for records: fetches are slow or small', 'BEH-19'],
      },
      otherwise: 'BEH-17',
    }),
    arrives: question({
      ask: 'Do the records arrive downstream?',
      why: 'lag only says what was committed, not what was done',
      how: 'follow one record: its offset in the topic, and its trace in the target system',
      answers: { yes: ['yes', 'BEH-21'], no: ['no', 'BEH-22'] },
      otherwise: 'BEH-21',
    }),
  },
  leaves: LAG_LEAVES,
  sources: sources(
    '002 Consumer Lag Investigation Tree',
    '002 Production debug guide',
    '001 Consumption Skew',
    '001 Too Many Consumers',
    '003 Consumer Lag',
    '003 Consumer Lag Growth Rate',
  ),
};
