import { setFlagsFromString } from 'node:v8';

/** The release of Node on which the flags below were measured. Others lack some of them, and complain about them on stderr. */
const KNOWN = /^v20\./;

const FLAGS = [
  // Left alone, the memory for short-lived objects grows to three times 16 MiB when there is much output, although hardly
  // any of it lives on. Smaller and more frequent collections cost next to nothing then.
  '--semi-space-growth-factor=1',
  // Most runs are over within a second. What is optimised too early costs more than it gains, on cores that compare
  // checksums meanwhile; what runs long is optimised a moment later.
  '--interrupt-budget=2000000',
];

/** Fits the JavaScript engine to reading files: little memory, whatever the size, and short runs. */
export function tuneEngine(): void {
  if (KNOWN.test(process.version)) for (const flag of FLAGS) setFlagsFromString(flag);
}
