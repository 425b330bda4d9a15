/** What a node that looks for the controller learned from another one. */
export interface Candidate {
  readonly id: number;
  /** Whom it takes for the controller: itself, another one, or -1 while it looks, too. */
  readonly controllerId: number;
  readonly controllerEpoch: number;
  readonly lastEpoch: number;
  readonly endOffset: number;
}

export type Choice =
  | { readonly kind: 'follow'; readonly controllerId: number; readonly epoch: number }
  /** Ask the voters for their promise to this epoch. */
  | { readonly kind: 'campaign'; readonly epoch: number }
  | { readonly kind: 'wait' };

export function isMajority(count: number, voters: readonly number[]): boolean {
  return count > voters.length / 2;
}

/** Whether a majority of the voters is among the candidates. */
export function hasMajority(candidates: readonly Candidate[], voters: readonly number[]): boolean {
  return isMajority(candidates.filter(({ id }) => voters.includes(id)).length, voters);
}

/** Whether `a` has all that a majority may have committed, as far as `b` knows of it. */
export function isUpToDate(
  a: { readonly lastEpoch: number; readonly endOffset: number },
  b: { readonly lastEpoch: number; readonly endOffset: number },
): boolean {
  return a.lastEpoch > b.lastEpoch || (a.lastEpoch === b.lastEpoch && a.endOffset >= b.endOffset);
}

/**
 * Who is to be the controller, as `self` sees it. One that is active is followed, the latest epoch first. Otherwise,
 * when a majority of the voters answers and none of those that answer follows anyone, the node with the longest log
 * stands for it, of equals one with a vote, of those the lowest id. This only saves campaigns that cannot succeed: what
 * counts are promises.
 */
export function chooseController(
  self: Candidate,
  others: readonly Candidate[],
  nodeIds: readonly number[],
  voters: readonly number[],
): Choice {
  const active = others
    .filter((other) => other.controllerId === other.id)
    .sort((a, b) => b.controllerEpoch - a.controllerEpoch)[0];
  if (active !== undefined && active.controllerEpoch >= self.controllerEpoch) {
    return { kind: 'follow', controllerId: active.id, epoch: active.controllerEpoch };
  }
  if (!hasMajority([self, ...others], voters)) return { kind: 'wait' };
  // Somebody still has a controller that did not answer here: it may be alive, so wait until they miss it as well.
  if (others.some((other) => other.controllerId >= 0)) return { kind: 'wait' };
  // Whoever has the longest log, a voter or not: a controller that wrote its own departure, and nobody else has it, is
  // still the one whom the others count on. It stands without a vote of its own (Ongaro's dissertation, §4.2.2). Those
  // whose logs are equal agree on who votes, and so on who stands.
  const hasVote = (candidate: Candidate): number => (voters.includes(candidate.id) ? 0 : 1);
  const best = [self, ...others].sort(
    (a, b) => b.lastEpoch - a.lastEpoch || b.endOffset - a.endOffset || hasVote(a) - hasVote(b) || a.id - b.id,
  )[0];
  if (best?.id !== self.id) return { kind: 'wait' };
  const latest = Math.max(
    ...[self, ...others].map((candidate) => Math.max(candidate.controllerEpoch, candidate.lastEpoch)),
  );
  return { kind: 'campaign', epoch: nextEpoch(latest, self.id, nodeIds) };
}

/** The next epoch that is this node's own: each epoch has one node that may be its controller. */
function nextEpoch(latest: number, id: number, nodeIds: readonly number[]): number {
  for (let epoch = Math.max(0, latest) + 1; ; epoch++) {
    if (epochOwner(epoch, nodeIds) === id) return epoch;
  }
}

/** The only node that can be the controller of an epoch. A promise to the epoch is thereby a vote for it. */
export function epochOwner(epoch: number, nodeIds: readonly number[]): number {
  return nodeIds[(epoch - 1) % nodeIds.length] ?? -1;
}
