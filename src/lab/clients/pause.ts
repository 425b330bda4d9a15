/** Waits. A client of a drill has a process of its own, and ends with it. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
