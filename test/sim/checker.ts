import { byKey, type History, ofKind, type PollOp, type SendOp } from './history.ts';

/*
 * What a log that is replicated promises its clients, judged from their histories alone: the anomalies of Jepsen's
 * Kafka checker, one pure function each. Those that are about transactions (aborted reads across a transaction, cycles)
 * are left out, because the bundled broker refuses transactions.
 */

export type Anomaly =
  | 'lost-write'
  | 'unseen'
  | 'duplicate'
  | 'inconsistent-offsets'
  | 'aborted-read'
  | 'phantom'
  | 'nonmonotonic-poll'
  | 'nonmonotonic-send'
  | 'poll-skip';

export interface Finding {
  readonly anomaly: Anomaly | 'two-owners' | 'generation-regressed' | 'lost-commit';
  readonly key: string;
  readonly message: string;
}

/** An election outside of the ISR: earlier epochs may lose what they committed at `from` and behind it. */
export interface UncleanElection {
  readonly leaderEpoch: number;
  readonly from: number;
}

/** What Kafka allows in this history, and what is known of each partition at its end. */
export interface Terms {
  /** Every record of the partition when all was quiet again: offset and value. */
  readonly final: ReadonlyMap<string, readonly (readonly [number, string])[]>;
  /** Where the partition begins at the end; what lies before was deleted, by retention or on request. */
  readonly logStart: ReadonlyMap<string, number>;
  readonly unclean: ReadonlyMap<string, readonly UncleanElection[]>;
  /** Partitions from which compaction may have taken records. */
  readonly compacted: ReadonlySet<string>;
}

/** All anomalies of a history, in no particular order. */
export function check(history: History, terms: Terms): Finding[] {
  return [
    ...lostWrites(history, terms),
    ...unseen(history, terms),
    ...duplicates(history, terms),
    ...inconsistentOffsets(history, terms),
    ...abortedReads(history, terms),
    ...phantoms(history, terms),
    ...nonmonotonicPolls(history),
    ...nonmonotonicSends(history, terms),
    ...pollSkips(history, terms),
  ];
}

/**
 * A write that was acknowledged by the whole ISR is not there at the end. Kafka allows that where it was deleted or
 * compacted away, and behind an unclean election. With acks=1 the leader alone promised, with acks=0 nobody: those may
 * be lost at any election, one from the ELR included.
 */
export function lostWrites(history: History, terms: Terms): Finding[] {
  const found: Finding[] = [];
  for (const [key, sends] of byKey(ofKind(history, 'send'))) {
    const there = new Set((terms.final.get(key) ?? []).map(([, value]) => value));
    for (const send of sends) {
      if (!isPromised(send, terms) || there.has(send.value)) continue;
      found.push({
        anomaly: 'lost-write',
        key,
        message: `${send.value} was acknowledged at ${send.offset}, and is gone`,
      });
    }
  }
  return found;
}

/** A write that was acknowledged by the whole ISR was never read by anybody, although all was read at the end. */
export function unseen(history: History, terms: Terms): Finding[] {
  const found: Finding[] = [];
  const polls = byKey(ofKind(history, 'poll'));
  for (const [key, sends] of byKey(ofKind(history, 'send'))) {
    const seen = new Set((polls.get(key) ?? []).flatMap(({ records }) => records.map(([, value]) => value)));
    for (const send of sends) {
      if (!isPromised(send, terms) || seen.has(send.value)) continue;
      found.push({ anomaly: 'unseen', key, message: `${send.value}, acknowledged at ${send.offset}, was never read` });
    }
  }
  return found;
}

/** One value at two offsets. */
export function duplicates(history: History, terms: Terms): Finding[] {
  return conflicts(history, terms, 'duplicate', (offset, value) => [value, String(offset)]);
}

/** Two values at one offset. */
export function inconsistentOffsets(history: History, terms: Terms): Finding[] {
  return conflicts(history, terms, 'inconsistent-offsets', (offset, value) => [String(offset), value]);
}

/** A value was read whose write certainly failed. */
export function abortedReads(history: History, terms: Terms): Finding[] {
  const failed = new Set(ofKind(history, 'send').flatMap((op) => (op.outcome === 'fail' ? [op.value] : [])));
  const found: Finding[] = [];
  for (const { key, offset, value } of readings(history, terms)) {
    if (!failed.has(value)) continue;
    found.push({ anomaly: 'aborted-read', key, message: `${value} was read at ${offset}, and its write had failed` });
  }
  return found;
}

/** A value was read that nobody wrote, or before anybody did. */
export function phantoms(history: History, terms: Terms): Finding[] {
  const invoked = new Map(ofKind(history, 'send').map((op) => [`${op.key} ${op.value}`, op.invoked]));
  const found: Finding[] = [];
  for (const { key, offset, value, completed } of readings(history, terms)) {
    const since = invoked.get(`${key} ${value}`);
    if (since !== undefined && since <= completed) continue;
    found.push({ anomaly: 'phantom', key, message: `${value} was read at ${offset}, and nobody had written it` });
  }
  return found;
}

/** A consumer is given an offset that is not above the one before, without having asked for it. */
export function nonmonotonicPolls(history: History): Finding[] {
  const found: Finding[] = [];
  walkPolls(history, (poll, before, offset) => {
    if (before === null || offset > before) return;
    const { key, process } = poll;
    found.push({ anomaly: 'nonmonotonic-poll', key, message: `${process} was given ${offset} behind ${before}` });
  });
  return found;
}

/** Of two writes that a producer made one after the other, the later one got the lower offset. */
export function nonmonotonicSends(history: History, terms: Terms): Finding[] {
  const found: Finding[] = [];
  const last = new Map<string, SendOp>();
  for (const send of ofKind(history, 'send')) {
    if (!send.inOrder || send.outcome !== 'ok' || send.offset < 0) continue;
    const id = `${send.process} ${send.key}`;
    const before = last.get(id);
    last.set(id, send);
    if (before === undefined || before.offset < send.offset) continue;
    // A leader elected uncleanly goes on at an offset that was in use already; so may any, after acks=1.
    // Either of the two may have been written once more behind it: a batch whose answer was lost comes last.
    const isForgotten = send.acks !== -1 || isForgettable(before, terms) || isForgettable(send, terms);
    if (isForgotten) continue;
    const message = `${send.process} wrote ${send.value} at ${send.offset} behind ${before.value} at ${before.offset}`;
    found.push({ anomaly: 'nonmonotonic-send', key: send.key, message });
  }
  return found;
}

/** A consumer was given two records one after the other, and not one between them that was there to the end. */
export function pollSkips(history: History, terms: Terms): Finding[] {
  const found: Finding[] = [];
  const offsets = new Map([...terms.final].map(([key, records]) => [key, records.map(([offset]) => offset)]));
  walkPolls(history, (poll, before, offset) => {
    const { key, process } = poll;
    // Replicas are compacted each for itself: what one still has, another may not have had any more.
    if (before === null || isUnclean(key, terms) || terms.compacted.has(key)) return;
    const skipped = (offsets.get(key) ?? []).find((other) => other > before && other < offset);
    if (skipped === undefined) return;
    found.push({
      anomaly: 'poll-skip',
      key,
      message: `${process} was given ${before}, then ${offset}, and not ${skipped}`,
    });
  });
  return found;
}

/** Whether Kafka promises that an acknowledged write is there at the end. */
function isPromised(send: SendOp, terms: Terms): boolean {
  if (send.outcome !== 'ok' || send.acks !== -1) return false;
  if (terms.compacted.has(send.key) || isForgettable(send, terms)) return false;
  return send.offset < 0 || send.offset >= (terms.logStart.get(send.key) ?? 0);
}

/** Whether a later unclean election may have taken a write back. */
function isForgettable({ key, leaderEpoch, offset }: SendOp, terms: Terms): boolean {
  const elections = terms.unclean.get(key) ?? [];
  return elections.some((election) => leaderEpoch < election.leaderEpoch && (offset < 0 || offset >= election.from));
}

function isUnclean(key: string, terms: Terms): boolean {
  return (terms.unclean.get(key) ?? []).length > 0;
}

interface Reading {
  readonly key: string;
  readonly offset: number;
  readonly value: string;
  readonly completed: number;
}

/** Everything that anybody was given, and what is there at the end. */
function* readings(history: History, terms: Terms): Generator<Reading> {
  for (const { key, records, completed } of ofKind(history, 'poll')) {
    for (const [offset, value] of records) yield { key, offset, value, completed };
  }
  for (const [key, records] of terms.final) {
    for (const [offset, value] of records) yield { key, offset, value, completed: Number.POSITIVE_INFINITY };
  }
}

/** What should have one partner and has two: by `pair`, which tells the thing and its partner. */
function conflicts(
  history: History,
  terms: Terms,
  anomaly: 'duplicate' | 'inconsistent-offsets',
  pair: (offset: number, value: string) => readonly [string, string],
): Finding[] {
  const found: Finding[] = [];
  const partners = new Map<string, string>();
  const note = (key: string, offset: number, value: string): void => {
    // Behind an unclean election the same offset may get another record, and a repeated one another offset.
    if (isUnclean(key, terms)) return;
    const [thing, partner] = pair(offset, value);
    const known = partners.get(`${key} ${thing}`);
    if (known === undefined) partners.set(`${key} ${thing}`, partner);
    else if (known !== partner)
      found.push({ anomaly, key, message: `${thing} goes with ${known}, and with ${partner}` });
  };
  for (const { key, offset, value } of readings(history, terms)) note(key, offset, value);
  for (const { key, offset, value, outcome, acks } of ofKind(history, 'send')) {
    // An offset that only the leader confirmed may be given to another record by the next leader.
    if (outcome === 'ok' && acks === -1 && offset >= 0) note(key, offset, value);
  }
  return found;
}

/** Visits every record that a consumer was given, with the offset before it; null where it had sought. */
function walkPolls(history: History, visit: (poll: PollOp, before: number | null, offset: number) => void): void {
  const last = new Map<string, number>();
  for (const op of history) {
    if (op.kind === 'seek') last.delete(`${op.process} ${op.key}`);
    if (op.kind !== 'poll') continue;
    const id = `${op.process} ${op.key}`;
    for (const [offset] of op.records) {
      visit(op, last.get(id) ?? null, offset);
      last.set(id, offset);
    }
  }
}
