/** A Kafka Uuid (22 characters of base64url) as Java prints a UUID: 8-4-4-4-12 hexadecimal digits. */
export function dashedUuid(uuid: string): string {
  const hex = Buffer.from(uuid, 'base64url').toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
