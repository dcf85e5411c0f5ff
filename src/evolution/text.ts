/** A file of a project as it is compared and merged, and what of it is its owner's. */
export interface OwnText {
  /** With LF and without a byte order mark. */
  text: string;
  /** Its line end, that of most lines. */
  lineEnd: '\n' | '\r\n';
  byteOrderMark: boolean;
  executable: boolean;
}

const mark = '\uFEFF';

/** Reads bytes as a text. @returns undefined for bytes that are no UTF-8 */
export function ownText(bytes: Uint8Array, executable: boolean): OwnText | undefined {
  let decoded: string;
  try {
    decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  return decoded.includes('\0') ? undefined : { ...styled(decoded), executable };
}

/** A text as it is compared, and its line ends and byte order mark. */
export function styled(decoded: string): Omit<OwnText, 'executable'> {
  const byteOrderMark = decoded.startsWith(mark);
  const windows = decoded.split('\r\n').length - 1;
  const all = decoded.split('\n').length - 1;
  return {
    text: decoded.slice(byteOrderMark ? 1 : 0).replaceAll('\r\n', '\n'),
    lineEnd: windows * 2 > all ? '\r\n' : '\n',
    byteOrderMark,
  };
}

/** A text with the line ends and the byte order mark of its owner. */
export function asOwned(
  text: string,
  { lineEnd, byteOrderMark }: Pick<OwnText, 'lineEnd' | 'byteOrderMark'>,
): string {
  return (byteOrderMark ? mark : '') + (lineEnd === '\n' ? text : text.replaceAll('\n', lineEnd));
}
