import type { NodeConfig } from '../node.ts';
import type { GroupSettings } from './turn.ts';

const MINUTE = 60_000;

/** The coordinator's settings as the node's broker configs say at this moment. */
export function groupSettings(config: NodeConfig): GroupSettings {
  return {
    minSessionTimeoutMs: config.number('group.min.session.timeout.ms'),
    maxSessionTimeoutMs: config.number('group.max.session.timeout.ms'),
    initialRebalanceDelayMs: config.number('group.initial.rebalance.delay.ms'),
    maxSize: config.number('group.max.size'),
    offsetMetadataMaxLength: config.number('offset.metadata.max.bytes'),
    offsetsRetentionMs: config.number('offsets.retention.minutes') * MINUTE,
  };
}
