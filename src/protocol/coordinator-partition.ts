/** Java's `String.hashCode`: 32 bits over UTF-16 units. */
function javaHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

const INT32_MIN = -0x8000_0000;

/** The partition of `__consumer_offsets` that holds a group: Kafka's absolute value maps the smallest int32 to 0. */
export function partitionOf(groupId: string, partitionCount: number): number {
  const hash = javaHash(groupId);
  return (hash === INT32_MIN ? 0 : Math.abs(hash)) % partitionCount;
}
