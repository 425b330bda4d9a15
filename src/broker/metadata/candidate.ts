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
  | { readonly kind: 'claim'; readonly epoch: number; readonly granting: readonly number[] }
  | { readonly kind: 'wait' };

/**
 * Who is to be the controller, as `self` sees it. One that is active is followed, the latest epoch first. Otherwise,
 * when nobody that answers follows anyone, the one with the longest log claims it, the lowest id among equals. A node
 * that has just started wants a majority for that (`needMajority`), so that one that was away for long does not
 * overrule the others with its old log; one that lost its controller goes on with whoever is left.
 */
export function chooseController(
  self: Candidate,
  others: readonly Candidate[],
  nodeIds: readonly number[],
  needMajority: boolean,
): Choice {
  const active = others
    .filter((other) => other.controllerId === other.id)
    .sort((a, b) => b.controllerEpoch - a.controllerEpoch)[0];
  if (active !== undefined && active.controllerEpoch >= self.controllerEpoch) {
    return { kind: 'follow', controllerId: active.id, epoch: active.controllerEpoch };
  }
  const all = [self, ...others];
  if (needMajority && all.length <= nodeIds.length / 2) return { kind: 'wait' };
  // Somebody still has a controller that did not answer here: it may be alive, so wait until they miss it as well.
  if (others.some((other) => other.controllerId >= 0)) return { kind: 'wait' };
  const best = [...all].sort((a, b) => b.lastEpoch - a.lastEpoch || b.endOffset - a.endOffset || a.id - b.id)[0];
  if (best?.id !== self.id) return { kind: 'wait' };
  const latest = Math.max(...all.map((candidate) => Math.max(candidate.controllerEpoch, candidate.lastEpoch)));
  return { kind: 'claim', epoch: nextEpoch(latest, self.id, nodeIds), granting: all.map(({ id }) => id).sort() };
}

/** The next epoch that is this node's own: no two nodes ever claim the same one, even when they do not see each other. */
function nextEpoch(latest: number, id: number, nodeIds: readonly number[]): number {
  const count = nodeIds.length;
  const slot = (nodeIds.indexOf(id) + 1) % count;
  const next = latest + 1;
  return next + ((slot - (next % count) + count) % count);
}
