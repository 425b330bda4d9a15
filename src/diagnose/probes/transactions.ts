import type { OpenTransaction } from '../../cluster/recording.ts';
import type { Probe } from '../model.ts';
import type { Look } from './look.ts';
import { count, fact, measured, place, probe, unknown } from './reading.ts';

/** Probes of open transactions: what read_committed readers and the cleaner wait for. */

const OFFSETS_TOPIC = '__consumer_offsets';
/** Transactions last a minute at most by default (transaction.timeout.ms). */
const LONG_TRANSACTION_MS = 60_000;
/** A transaction that its coordinator does not know is hanging once it had time to be told: ten seconds. */
const UNKNOWN_TRANSACTION_MS = 10_000;
const NOT_ASKED = 'open transactions were not asked for';
const TELLS_TRANSACTIONS = 'kmedic record, or kmedic diagnose on the live cluster';

function ageOf(look: Look, { startedAtMs, lastAtMs }: OpenTransaction): number | null {
  const since = startedAtMs ?? lastAtMs;
  return since === null ? null : look.atMs - since;
}

function transactionText(look: Look, open: OpenTransaction): string {
  const age = ageOf(look, open);
  const who = open.transactionalId ?? `producer ${open.producerId}`;
  const since = age === null ? '' : `, for ${Math.round(age / 1000)} s`;
  const from = open.startOffset === null ? '' : ` from offset ${open.startOffset} on`;
  return `${place(open)}${from}: open by ${who}${since}`;
}

/** The last stable offset stood still in every sample, with records behind it. */
function stableStuck(look: Look, { topic, partition }: OpenTransaction): boolean {
  const seen = look.samples.map((_, sample) => look.partition({ topic, partition }, sample));
  const [first] = seen;
  return (
    first != null &&
    seen.every(
      (each) =>
        each?.lastStableOffset != null &&
        each.lastStableOffset === first.lastStableOffset &&
        each.lastStableOffset < (each.highWatermark ?? 0),
    )
  );
}

const unclaimed = (look: Look, open: OpenTransaction): boolean =>
  open.transactionalId === null && open.startOffset !== null && look.recording.transactions?.coordinatorsAsked === true;

/** Every topic is asked for the same ones. */
const TROUBLING = new WeakMap<Look, readonly OpenTransaction[]>();

/** Transactions that are open for longer than they should be. */
function troubling(look: Look): readonly OpenTransaction[] {
  const known = TROUBLING.get(look);
  if (known !== undefined) return known;
  const found = (look.recording.transactions?.open ?? []).filter((open) => {
    const age = ageOf(look, open);
    const watchedMs = stableStuck(look, open) ? look.windowMs : 0;
    const heldMs = Math.max(age ?? 0, watchedMs);
    if (unclaimed(look, open)) return heldMs >= UNKNOWN_TRANSACTION_MS;
    return heldMs > Math.max(LONG_TRANSACTION_MS, open.timeoutMs ?? 0);
  });
  TROUBLING.set(look, found);
  return found;
}

const transactionsOpen = probe('transactions-open', ['hanging', 'long', 'no'], (look) => {
  const { transactions } = look.recording;
  if (transactions === null) return unknown(NOT_ASKED, TELLS_TRANSACTIONS);
  const open = troubling(look);
  const hanging = open.filter((each) => unclaimed(look, each));
  const told = hanging.length > 0 ? hanging : open;
  const facts = told.map((each) =>
    fact('DescribeProducers', transactionText(look, each), { value: ageOf(look, each), unit: 'ms', at: look.at }),
  );
  const concerns = told.map(place);
  if (told.length === 0)
    return measured('no', [
      fact('DescribeProducers', `open: ${count(transactions.open.length, 'transaction')}, none for long`, {
        value: transactions.open.length,
        at: look.at,
      }),
    ]);
  if (hanging.length > 0) return measured('hanging', facts, { concerns });
  if (told.some(({ transactionalId }) => transactionalId !== null)) return measured('long', facts, { concerns });
  return unknown(
    'not every coordinator told its transactions',
    'kafka-transactions list, or DESCRIBE on transactional ids',
    {
      facts,
      concerns,
      leans: 'hanging',
    },
  );
});

const transactionsTrouble = probe('transactions-trouble', ['yes', 'no'], (look) => {
  if (look.recording.transactions === null) return unknown(NOT_ASKED, TELLS_TRANSACTIONS);
  const open = troubling(look);
  return measured(open.length > 0 ? 'yes' : 'no', [
    fact('DescribeProducers', `open for long: ${count(open.length, 'transaction')}`, {
      value: open.length,
      at: look.at,
    }),
  ]);
});

const heldUp = (look: Look, topic: string): OpenTransaction[] => troubling(look).filter((open) => open.topic === topic);

const transactionProbe = (id: string, topicOf: (name: string | null) => string): Probe =>
  probe(id, ['yes', 'no'], (look, { name }) => {
    if (look.recording.transactions === null) return unknown(NOT_ASKED, TELLS_TRANSACTIONS);
    const open = heldUp(look, topicOf(name));
    if (open.length === 0)
      return measured('no', [fact('DescribeProducers', 'no transaction is open for long', { at: look.at })]);
    return measured(
      'yes',
      open.map((each) => fact('DescribeProducers', transactionText(look, each), { at: look.at })),
      { concerns: open.map(place) },
    );
  });

export const offsetsTransaction = transactionProbe('offsets-transaction', () => OFFSETS_TOPIC);
export const topicTransaction = transactionProbe('topic-transaction', (name) => name ?? '');

export const TRANSACTION_PROBES: readonly Probe[] = [
  transactionsTrouble,
  transactionsOpen,
  offsetsTransaction,
  topicTransaction,
];
