import { ErrorCode } from '../../protocol/errors.ts';
import { type PendingRecord, pending } from '../metadata/record.ts';
import { LOST_DIRECTORY_ID } from '../metadata/replay.ts';
import type { BrokerHeartbeat, BrokerRegistrationRequest, CallResponse } from '../network.ts';
import { allPartitions, type ControllerView, electLeaderless, removeBroker } from './decision.ts';

/** Values of BrokerRegistrationChangeRecord. */
const FENCE = 1;
const UNFENCE = -1;
const IN_CONTROLLED_SHUTDOWN = 1;
const PLAINTEXT = 0;
/** One log directory per node, under an id that only has to be the same everywhere. */
const LOG_DIRECTORY_ID = 'AAAAAAAAAAAAAAAAAAAAZA';

/**
 * A broker (re)appears. It starts fenced; its epoch is the offset at which its registration begins. Whatever an earlier incarnation
 * led or was in sync with is taken from it first: the new one has to catch up like any follower. One that did not end
 * in good order is also no longer eligible, since its log may have lost its tail.
 */
export function registerBroker(
  view: ControllerView,
  request: BrokerRegistrationRequest,
  nextOffset: number,
): { records: PendingRecord[]; brokerEpoch: number } {
  const previous = view.image.brokers.get(request.brokerId);
  const clean = previous === undefined || request.previousBrokerEpoch === previous.epoch;
  const moved = previous === undefined ? [] : removeBroker(view, request.brokerId, !clean);
  const registration = pending('RegisterBrokerRecord', {
    brokerId: request.brokerId,
    incarnationId: request.incarnationId,
    brokerEpoch: nextOffset,
    endPoints: [{ name: 'PLAINTEXT', host: request.host, port: request.port, securityProtocol: PLAINTEXT }],
    rack: request.rack,
    fenced: true,
    logDirs: [LOG_DIRECTORY_ID],
  });
  return { records: [...moved, registration], brokerEpoch: nextOffset };
}

/** What a broker's coming and going means for the quorum, in which it has a vote. */
export interface Standing {
  /** Nothing is uncommitted: only then may a voter come or go, one at a time (Raft's change of one server). */
  readonly isSettled: boolean;
  /** Nobody else is left to decide: this one stays a voter even when it goes. */
  readonly isLastVoter: boolean;
  /** It was fenced before, and has no vote until it is unfenced. */
  readonly hasDeparted: boolean;
}
const ORDINARY: Standing = { isSettled: true, isLastVoter: false, hasDeparted: false };

/** What a heartbeat is answered with, and what it changes. A broker is unfenced once it has replayed its registration. */
export function heartbeat(
  view: ControllerView,
  request: BrokerHeartbeat,
  standing: Standing = ORDINARY,
): { records: PendingRecord[]; response: CallResponse<'heartbeat'> } {
  const broker = view.image.brokers.get(request.brokerId);
  const refused = (errorCode: number) => ({
    records: [],
    response: { errorCode, fenced: true, shouldShutdown: false },
  });
  if (broker === undefined) return refused(ErrorCode.BROKER_ID_NOT_REGISTERED);
  if (broker.epoch !== request.brokerEpoch) return refused(ErrorCode.STALE_BROKER_EPOCH);
  if (request.logDirOffline === true && !broker.logDirOffline) {
    // The answer tells of the broker's standing as it was; the next heartbeat follows.
    const lost = registrationChange(view, request.brokerId, { logDirs: [LOST_DIRECTORY_ID] });
    const records = [lost, ...removeBroker(view, request.brokerId, false)];
    return { records, response: { errorCode: 0, fenced: broker.fenced, shouldShutdown: false } };
  }
  if (request.wantShutdown) return controlledShutdown(view, request, standing);
  const mayReturn = standing.isSettled || !standing.hasDeparted;
  // An earlier heartbeat may come late: who is on the way out must not be given anything to lead again.
  const isLeaving = broker.inControlledShutdown;
  if (broker.fenced && !isLeaving && request.metadataOffset > broker.epoch && mayReturn) {
    return {
      records: unfence(view, request.brokerId),
      response: { errorCode: 0, fenced: false, shouldShutdown: false },
    };
  }
  return { records: [], response: { errorCode: 0, fenced: broker.fenced, shouldShutdown: false } };
}

function unfence(view: ControllerView, brokerId: number): PendingRecord[] {
  const unfenced = registrationChange(view, brokerId, { fenced: UNFENCE });
  const mayLead = view.image.brokers.get(brokerId)?.logDirOffline !== true;
  return [unfenced, ...(mayLead ? electLeaderless(view, { active: brokerId }) : [])];
}

/** Takes a silent broker out of service. */
export function fence(view: ControllerView, brokerId: number): PendingRecord[] {
  return [...removeBroker(view, brokerId, false), registrationChange(view, brokerId, { fenced: FENCE })];
}

/** First the leaderships move, then, when the broker has seen that they have, it may go, and is fenced. */
function controlledShutdown(
  view: ControllerView,
  request: BrokerHeartbeat,
  standing: Standing,
): { records: PendingRecord[]; response: CallResponse<'heartbeat'> } {
  const broker = view.image.brokers.get(request.brokerId);
  const going = { errorCode: 0, fenced: broker?.fenced ?? true, shouldShutdown: false };
  if (broker?.fenced) return { records: [], response: { ...going, shouldShutdown: true } };
  if (broker?.inControlledShutdown !== true) {
    const records = [
      registrationChange(view, request.brokerId, { inControlledShutdown: IN_CONTROLLED_SHUTDOWN }),
      ...removeBroker(view, request.brokerId, false),
    ];
    return { records, response: going };
  }
  for (const [, partition] of allPartitions(view.image)) {
    if (partition.leader === request.brokerId) return { records: [], response: going };
  }
  if (standing.isLastVoter) return { records: [], response: { ...going, shouldShutdown: true } };
  if (!standing.isSettled) return { records: [], response: going };
  return { records: fence(view, request.brokerId), response: { ...going, fenced: true, shouldShutdown: true } };
}

function registrationChange(
  view: ControllerView,
  brokerId: number,
  change: { readonly fenced?: number; readonly inControlledShutdown?: number; readonly logDirs?: readonly string[] },
): PendingRecord {
  const brokerEpoch = view.image.brokers.get(brokerId)?.epoch ?? -1;
  return pending('BrokerRegistrationChangeRecord', { brokerId, brokerEpoch, ...change });
}
