export { LegacyOffsetCommitKey, LegacyOffsetCommitValue } from './00-legacy-offset-commit.ts';
export { OffsetCommitKey, OffsetCommitValue } from './01-offset-commit.ts';
export { GroupMetadataKey, GroupMetadataValue } from './02-group-metadata.ts';
export { ConsumerGroupMetadataKey, ConsumerGroupMetadataValue } from './03-consumer-group-metadata.ts';
export {
  ConsumerGroupPartitionMetadataKey,
  ConsumerGroupPartitionMetadataValue,
} from './04-consumer-group-partition-metadata.ts';
export {
  ConsumerGroupMemberMetadataKey,
  ConsumerGroupMemberMetadataValue,
} from './05-consumer-group-member-metadata.ts';
export {
  ConsumerGroupTargetAssignmentMetadataKey,
  ConsumerGroupTargetAssignmentMetadataValue,
} from './06-consumer-group-target-assignment-metadata.ts';
export {
  ConsumerGroupTargetAssignmentMemberKey,
  ConsumerGroupTargetAssignmentMemberValue,
} from './07-consumer-group-target-assignment-member.ts';
export {
  ConsumerGroupCurrentMemberAssignmentKey,
  ConsumerGroupCurrentMemberAssignmentValue,
} from './08-consumer-group-current-member-assignment.ts';
export { ShareGroupMemberMetadataKey, ShareGroupMemberMetadataValue } from './10-share-group-member-metadata.ts';
export { ShareGroupMetadataKey, ShareGroupMetadataValue } from './11-share-group-metadata.ts';
export {
  ShareGroupTargetAssignmentMetadataKey,
  ShareGroupTargetAssignmentMetadataValue,
} from './12-share-group-target-assignment-metadata.ts';
export {
  ShareGroupTargetAssignmentMemberKey,
  ShareGroupTargetAssignmentMemberValue,
} from './13-share-group-target-assignment-member.ts';
export {
  ShareGroupCurrentMemberAssignmentKey,
  ShareGroupCurrentMemberAssignmentValue,
} from './14-share-group-current-member-assignment.ts';
export {
  ShareGroupStatePartitionMetadataKey,
  ShareGroupStatePartitionMetadataValue,
} from './15-share-group-state-partition-metadata.ts';
export {
  ConsumerGroupRegularExpressionKey,
  ConsumerGroupRegularExpressionValue,
} from './16-consumer-group-regular-expression.ts';
export { StreamsGroupMetadataKey, StreamsGroupMetadataValue } from './17-streams-group-metadata.ts';
export { StreamsGroupMemberMetadataKey, StreamsGroupMemberMetadataValue } from './19-streams-group-member-metadata.ts';
export {
  StreamsGroupTargetAssignmentMetadataKey,
  StreamsGroupTargetAssignmentMetadataValue,
} from './20-streams-group-target-assignment-metadata.ts';
export {
  StreamsGroupTargetAssignmentMemberKey,
  StreamsGroupTargetAssignmentMemberValue,
} from './21-streams-group-target-assignment-member.ts';
export {
  StreamsGroupCurrentMemberAssignmentKey,
  StreamsGroupCurrentMemberAssignmentValue,
} from './22-streams-group-current-member-assignment.ts';
export { StreamsGroupTopologyKey, StreamsGroupTopologyValue } from './23-streams-group-topology.ts';
