export { ConsumerProtocolAssignment } from './consumer-protocol-assignment.ts';
export { ConsumerProtocolSubscription } from './consumer-protocol-subscription.ts';
export { KRaftVersionRecord } from './kraft-version-record.ts';
export { LeaderChangeMessage } from './leader-change-message.ts';
export { SnapshotFooterRecord } from './snapshot-footer-record.ts';
export { SnapshotHeaderRecord } from './snapshot-header-record.ts';
export { VotersRecord } from './voters-record.ts';
