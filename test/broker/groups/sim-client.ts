import type { JoinGroup, SyncGroup } from '../../../src/protocol/api/index.ts';
import { Heartbeat } from '../../../src/protocol/api/index.ts';
import { decodeAssignment } from '../../../src/protocol/consumer-protocol.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import type { ResponseOf } from '../../../src/protocol/schema/index.ts';
import { assignment, commitCall, GROUP, join, leave, protocol, sync } from './member.ts';
import type { Call, World } from './world.ts';

export const PARTITIONS = [0, 1, 2, 3];
export const SESSION_MS = 6_000;
export const REBALANCE_MS = 10_000;
const HEARTBEAT_MS = 1_000;

export interface Owned {
  readonly who: string;
  readonly generationId: number;
  readonly partitions: readonly number[];
}

type Step =
  | { readonly at: 'outside' }
  | { readonly at: 'joining'; readonly call: Call<ResponseOf<typeof JoinGroup>> }
  | { readonly at: 'syncing'; readonly call: Call<ResponseOf<typeof SyncGroup>> }
  | { readonly at: 'member' };

/** A consumer as far as its group sees it: joins, assigns when it leads, heartbeats, starts over when told to. */
export class SimClient {
  readonly who: string;
  readonly #world: World;
  readonly #instance: string | null;
  #step: Step = { at: 'outside' };
  #memberId = '';
  #nextHeartbeat = 0;
  #topics: readonly string[] = ['orders'];
  generationId = -1;
  alive = true;
  /** Every assignment that it was ever given. */
  readonly owned: Owned[] = [];

  constructor(world: World, who: string, isStatic: boolean) {
    this.#world = world;
    this.who = who;
    this.#instance = isStatic ? who : null;
  }

  get isMember(): boolean {
    return this.#step.at === 'member';
  }

  /** Goes on by one step, if what it waits for has come. */
  tick(): void {
    if (!this.alive) return;
    const step = this.#step;
    if (step.at === 'outside') this.#join();
    else if (step.at === 'member') this.#heartbeat();
    else if (step.call.response === null) return;
    else if (step.at === 'joining') this.#joined(step.call.response);
    else this.#synced(step.call.response as ResponseOf<typeof SyncGroup>);
  }

  /** Stops without a word; comes back with `revive` under the same instance, if it has one. */
  crash(): void {
    this.alive = false;
  }

  revive(): void {
    if (this.alive) return;
    this.alive = true;
    this.#memberId = '';
    this.#step = { at: 'outside' };
  }

  leave(): void {
    if (this.isMember) leave(this.#world, [{ memberId: this.#memberId, groupInstanceId: this.#instance }]);
    this.crash();
  }

  resubscribe(topics: readonly string[]): void {
    this.#topics = topics;
    if (this.isMember) this.#step = { at: 'outside' };
  }

  commit(): void {
    if (!this.isMember) return;
    commitCall(this.#world, {
      memberId: this.#memberId,
      generationId: this.generationId,
      groupInstanceId: this.#instance,
    });
  }

  #join(): void {
    const call = join(this.#world, {
      memberId: this.#memberId,
      groupInstanceId: this.#instance,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      protocols: [protocol('range', this.#topics), protocol('sticky', this.#topics)],
    });
    this.#step = { at: 'joining', call };
  }

  #joined(answer: ResponseOf<typeof JoinGroup>): void {
    if (answer.errorCode !== ErrorCode.NONE) {
      this.#startOver(answer.errorCode, answer.memberId);
      return;
    }
    this.#memberId = answer.memberId;
    this.generationId = answer.generationId;
    const leads = answer.leader === answer.memberId && !answer.skipAssignment;
    const ids = answer.members.map(({ memberId }) => memberId);
    const assignments = Object.fromEntries(
      leads ? ids.map((id, index) => [id, assignment(PARTITIONS.filter((each) => each % ids.length === index))]) : [],
    );
    const call = sync(this.#world, {
      memberId: this.#memberId,
      generationId: this.generationId,
      groupInstanceId: this.#instance,
      protocolType: 'consumer',
      protocolName: answer.protocolName,
      assignments,
    });
    this.#step = { at: 'syncing', call };
  }

  #synced(answer: ResponseOf<typeof SyncGroup>): void {
    if (answer.errorCode !== ErrorCode.NONE) {
      this.#startOver(answer.errorCode);
      return;
    }
    const partitions = decodeAssignment(answer.assignment)?.assignedPartitions[0]?.partitions ?? [];
    this.owned.push({ who: this.who, generationId: this.generationId, partitions });
    this.#step = { at: 'member' };
    this.#nextHeartbeat = this.#world.scheduler.now() + HEARTBEAT_MS;
  }

  #heartbeat(): void {
    const now = this.#world.scheduler.now();
    if (now < this.#nextHeartbeat) return;
    this.#nextHeartbeat = now + HEARTBEAT_MS;
    const { errorCode } = this.#world.ask(Heartbeat, 4, {
      groupId: GROUP,
      generationId: this.generationId,
      memberId: this.#memberId,
      groupInstanceId: this.#instance,
    });
    // The coordinator is away for a moment: the next heartbeat may find it.
    if (errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
      this.#startOver(errorCode);
  }

  #startOver(errorCode: number, memberId = this.#memberId): void {
    const forgotten = errorCode === ErrorCode.UNKNOWN_MEMBER_ID || errorCode === ErrorCode.FENCED_INSTANCE_ID;
    this.#memberId = forgotten ? '' : memberId;
    this.#step = { at: 'outside' };
  }
}
