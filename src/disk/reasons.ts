/** Why a file could not be written, by the error code of the operating system; undefined for an error that is none of the disk. */
export function diskReason(code: string | undefined): string | undefined {
  return reasons[code ?? ''];
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'there is no permission to write',
  EPERM: 'there is no permission to write',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the path is too long for this file system',
};
