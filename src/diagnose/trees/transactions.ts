import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { BROKERS, fault, question, sound, sources } from './write.ts';

const MANAGEMENT = '003 Transaction Management';

/** Open transactions: what read_committed readers and the cleaner wait for. */
export const transactions: Tree = {
  id: 'transactions',
  title: 'Open transactions',
  subject: 'cluster',
  symptoms: [
    {
      id: 'read-committed-stuck',
      text: 'read_committed consumers stand still although records arrive',
      also: [...BROKERS, 'commits', 'rebalance', 'lag', 'duplicates', 'loss'],
    },
  ],
  entry: 'transactions-trouble',
  root: 'open',
  questions: {
    open: question({
      ask: 'Is a transaction open for longer than it should be?',
      why: 'nothing behind its first record is read by read_committed consumers, nor cleaned',
      how: 'kmedic lag --isolation read_committed; kafka-transactions.sh describe-producers',
      probe: 'transactions-open',
      answers: {
        hanging: ['yes, and no coordinator knows it', 'TXN-01'],
        long: ['yes, its coordinator still waits for it', 'TXN-02'],
        no: ['no', 'TXN-03'],
      },
    }),
  },
  leaves: {
    'TXN-01': fault(
      'a transaction hangs: it is open in the log, and nobody will end it',
      'Its producer wrote to the partition after its coordinator had given the transaction up, or the coordinator’s memory of it is gone. The last stable offset stays before its first record for ever.',
      {
        do: [
          'look whether its producer is really gone, then abort it on that partition: readers go on at once, without its records',
          'brokers from 3.6 on check that a transaction is known before they let it write (transaction.partition.verification.enable): keep that on, and update old clients',
        ],
        commands: [
          'kafka-transactions.sh describe-producers --topic {topic} --partition {partition}',
          'kafka-transactions.sh abort --topic {topic} --partition {partition} --start-offset {offset}',
          'lag --isolation read_committed',
        ],
        instead: [['kafka-transactions.sh find-hanging --broker-id <id>', 'diagnose transactions']],
        sources: [MANAGEMENT, '003 Transactional Producer-Consumer Example'],
      },
    ),
    'TXN-02': fault(
      'a transaction is open for longer than its readers can bear',
      'Its coordinator waits until its timeout (transaction.timeout.ms, a minute by default), then aborts it. Until then read_committed consumers stop before it.',
      {
        do: [
          'see what the producer does between begin and commit: a slow call has no place there',
          'make transactions small, and transaction.timeout.ms not much longer than they take',
        ],
        commands: ['lag --isolation read_committed', 'lag --watch'],
        sources: [MANAGEMENT, '003 Transactional Producer-Consumer Example'],
        corrections: [WRONG.commitInsideTransaction, WRONG.idempotenceReach],
      },
    ),
    'TXN-03': sound('no transaction is open for long', 'Readers of committed records get to the end of the log.', {
      commands: ['lag --isolation read_committed'],
      sources: [MANAGEMENT],
    }),
  },
  sources: sources(MANAGEMENT, '003 Transactional Producer-Consumer Example'),
};
