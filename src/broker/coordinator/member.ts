import type { JoinGroup, SyncGroup } from '../../protocol/api/index.ts';
import type { ResponseInput } from '../../protocol/schema/index.ts';
import type { ReplyTo } from './turn.ts';

export type JoinResult = ResponseInput<typeof JoinGroup>;
export type SyncResult = ResponseInput<typeof SyncGroup>;

/** One of the assignors that a member offers, with what it tells the leader under it. */
export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export const EMPTY_BYTES: Buffer = Buffer.alloc(0);

/** A member of a classic group. */
export interface Member {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  rebalanceTimeoutMs: number;
  sessionTimeoutMs: number;
  /** In the member's order of preference. */
  protocols: readonly MemberProtocol[];
  /** What the leader gave it last; kept through the next rebalance, so that describing shows the last owners. */
  assignment: Buffer;
  /** Has joined, but was not yet told so: it has no member id to send heartbeats with. */
  isNew: boolean;
  awaitingJoin: ReplyTo<JoinResult> | null;
  awaitingSync: ReplyTo<SyncResult> | null;
  /** When silence becomes death, in ms. */
  deadlineMs: number;
  /** When the member's timer looks at the deadline; Infinity where none runs. */
  timerAtMs: number;
}

export function newMember(
  fields: Pick<
    Member,
    'memberId' | 'groupInstanceId' | 'clientId' | 'clientHost' | 'rebalanceTimeoutMs' | 'sessionTimeoutMs' | 'protocols'
  > & { readonly assignment?: Buffer; readonly isNew?: boolean },
): Member {
  return {
    assignment: EMPTY_BYTES,
    isNew: false,
    ...fields,
    awaitingJoin: null,
    awaitingSync: null,
    deadlineMs: Number.POSITIVE_INFINITY,
    timerAtMs: Number.POSITIVE_INFINITY,
  };
}

/** What the member tells the leader under a protocol; empty where it does not offer it. */
export function metadataOf(member: Member, protocolName: string): Buffer {
  return member.protocols.find((protocol) => protocol.name === protocolName)?.metadata ?? EMPTY_BYTES;
}

/** Whether a member offers the same protocols, in the same order, with the same metadata as before. */
export function matches(member: Member, protocols: readonly MemberProtocol[]): boolean {
  return (
    member.protocols.length === protocols.length &&
    member.protocols.every((own, index) => {
      const other = protocols[index];
      return other !== undefined && own.name === other.name && own.metadata.equals(other.metadata);
    })
  );
}
