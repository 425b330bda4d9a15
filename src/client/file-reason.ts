const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  EEXIST: 'exists already',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
};

/** What the operating system's error code says about a file, in words; null for codes that are not about files. */
export function fileReason(code: string): string | null {
  return REASONS[code] ?? null;
}

/** Why a file could not be read or written, without its name: that is for the caller to say. */
export function whyNoFile(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return fileReason(code) ?? error.message;
}
