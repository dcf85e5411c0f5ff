import { asOwned, styled } from '../text.js';
import { mergeOf } from './kinds.js';
import { type Labels, type Merged, markDifferences } from './text.js';
import { levelVersions } from './versions.js';

export type { Labels, Merged } from './text.js';

/**
 * Merges a file three-way, by its kind. What both sides changed in different ways is marked, in the diff3 style of git.
 * The result has the line ends, the byte order mark and the final line feed of the owner's text.
 * @param texts the file as generated before, as the owner has it, and as generated now. Without a verified `base` each
 *   difference is a clash
 */
export function mergeFile(
  path: string,
  texts: { base: string | undefined; mine: string; theirs: string },
  labels: Labels,
): Merged {
  const [base, mine, theirs] = [texts.base, texts.mine, texts.theirs].map(plain) as [
    string | undefined,
    string,
    string,
  ];
  if (mine === theirs || base === theirs) return { text: texts.mine, clashes: 0 };
  if (texts.base === texts.mine) return { text: texts.theirs, clashes: 0 };
  if (base === mine) return { text: likeOwner(theirs, texts.mine), clashes: 0 };
  const { text, clashes } =
    base === undefined
      ? markDifferences({ mine, theirs }, labels)
      : mergeOf(path)(levelVersions(path, { base, mine, theirs }), labels);
  return { text: likeOwner(text, texts.mine), clashes };
}

/** Whether a text has marks of a clash: whole lines of them, not the underline of a heading. */
export function hasMarks(text: string): boolean {
  return /^(?:<{7}|\|{7}|>{7}) \S/m.test(text);
}

/** The text with line feeds, also at its end, and without a byte order mark. */
function plain(text: string | undefined): string | undefined {
  const lines = text === undefined ? undefined : styled(text).text;
  return !lines || lines.endsWith('\n') ? lines : `${lines}\n`;
}

function likeOwner(text: string, mine: string): string {
  const isOpen = mine !== '' && !mine.endsWith('\n');
  return asOwned(isOpen ? text.replace(/\n$/, '') : text, styled(mine));
}
