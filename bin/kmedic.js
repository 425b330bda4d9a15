#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';

const entry = new URL('../dist/main.js', import.meta.url);
module.enableCompileCache?.();
if (existsSync(entry)) {
  await import(entry.href);
} else {
  process.stderr.write(
    '✗ kmedic is not built yet: dist/main.js is missing\n  run: npm run build   (or: node build.mjs)\n',
  );
  process.exitCode = 2;
}
