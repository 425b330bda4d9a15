/** Whether a group is wanted, by names or patterns with * and ?; no name wants all. */
export function selectsGroup(patterns: readonly string[]): (group: string) => boolean {
  if (patterns.length === 0) return () => true;
  const tests = patterns.map((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${source}$`, 's');
  });
  return (group) => tests.some((test) => test.test(group));
}
