/** `1 partition`, `3 partitions`; plain digits, for sentences that are data as well. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
