import { closeSync, openSync, readSync } from 'node:fs';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { recordingFileBytes } from '../../../cluster/read-recording.ts';
import { parseSession, type Session } from '../../../diagnose/session.ts';
import { writePrivateFile } from '../../recording-file.ts';

/** Reads a saved session. Throws RecordingError. */
export function readSession(path: string): Session {
  return parseSession(recordingFileBytes(path), path);
}

/** How each session begins. */
const BEGIN = '{"kind":"session"';
/** Of a packed file; enough to see how it begins. */
const PEEKED = 1_024;

/** Whether a file is a session, packed or plain, by its first bytes: a recording may be large. False where there is no such file. */
export function isSessionFile(path: string): boolean {
  const bytes = Buffer.alloc(PEEKED);
  try {
    const file = openSync(path, 'r');
    const read = readSync(file, bytes);
    closeSync(file);
    const begin = bytes.subarray(0, read);
    const packed = begin[0] === 0x1f && begin[1] === 0x8b;
    const text = packed ? gunzipSync(begin, { finishFlush: constants.Z_SYNC_FLUSH }) : begin;
    return text.subarray(0, BEGIN.length).equals(Buffer.from(BEGIN));
  } catch {
    // Whoever reads the whole file says what is wrong with it.
    return false;
  }
}

/** Writes a session, compressed, for its owner's eyes alone. Refuses to replace a file without `force`. */
export function writeSession(path: string, session: Session, force: boolean): void {
  writePrivateFile(path, gzipSync(JSON.stringify(session)), force);
}
