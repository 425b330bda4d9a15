/** The topics that Kafka keeps for itself; what their records hold is in the schemas of this room. */

/** Groups and what they have committed. */
export const OFFSETS_TOPIC = '__consumer_offsets';
/** Transactional ids and their transactions. */
export const TRANSACTION_STATE_TOPIC = '__transaction_state';
/** What share groups have taken and acknowledged (KIP-932). */
export const SHARE_STATE_TOPIC = '__share_group_state';
/** The metadata log: it lies beside the partitions, under a name that no topic may have. */
export const METADATA_TOPIC = '__cluster_metadata';
