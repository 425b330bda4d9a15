import type { ImageDelta, MetadataImage } from '../image.ts';

/** What is different between two images that no replay connects. */
export function diffImages(before: MetadataImage, after: MetadataImage): ImageDelta {
  const changedTopics = [...after.topics.values()].filter((topic) => before.topicsById.get(topic.id) !== topic);
  const removedTopics = [...before.topics.values()].filter((topic) => !after.topicsById.has(topic.id));
  return {
    changedTopics: new Set(changedTopics.map((topic) => topic.name)),
    removedTopics,
    brokersChanged: before.brokers !== after.brokers,
    configsChanged: before.topicConfigs !== after.topicConfigs || before.brokerConfigs !== after.brokerConfigs,
  };
}
