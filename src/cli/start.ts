import { processIo } from './io.ts';
import { main } from './main.ts';
import { realDeps } from './real-deps.ts';
import { VERSION } from './version.ts';

/** Entry of the bundle: the real streams, the real rooms, the exit code. */
const argv = process.argv.slice(2);
const io = processIo(argv.includes('--no-color'));
const code = await main(argv, io, realDeps, VERSION);
await io.flush();
process.exit(code);
