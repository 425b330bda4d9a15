/** What a setting belongs to: Kafka's ConfigResource.Type. */
export const ConfigResourceType = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const;

/** What IncrementalAlterConfigs does with one setting: Kafka's AlterConfigOp.OpType; the last two are for lists. */
export const ConfigOperation = { set: 0, delete: 1, append: 2, subtract: 3 } as const;
