import { parentPort } from 'node:worker_threads';
import { checkPieces } from './check-pieces.ts';
import type { Job } from './job.ts';

/** Entry of the helper's thread, a bundle of its own: jobs come as messages, results go through the memory that is shared. */
parentPort?.on('message', (job: Job) => checkPieces(job));
