import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { parseSession, type Session } from '../../../diagnose/session.ts';
import { writePrivateFile } from '../../recording-file.ts';

/** Reads a saved session. Throws RecordingError, or what opening the file throws. */
export function readSession(path: string): Session {
  return parseSession(readFileSync(path), path);
}

/** Writes a session, compressed, for its owner's eyes alone. Refuses to replace a file without `force`. */
export function writeSession(path: string, session: Session, force: boolean): void {
  writePrivateFile(path, gzipSync(JSON.stringify(session)), force);
}
