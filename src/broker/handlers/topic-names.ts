import { ErrorCode } from '../../protocol/errors.ts';
import type { MetadataImage, TopicImage } from '../image.ts';

/** From this version on OffsetCommit and OffsetFetch say topics by id, not by name (KIP-848). */
export const BY_TOPIC_ID = 10;

/** The topic that a request means, by id or by name; the error where there is none. */
export function topicOf(
  image: MetadataImage,
  apiVersion: number,
  topic: { readonly name: string; readonly topicId: string },
): TopicImage | number {
  if (apiVersion >= BY_TOPIC_ID) return image.topicsById.get(topic.topicId) ?? ErrorCode.UNKNOWN_TOPIC_ID;
  return image.topics.get(topic.name) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
}
