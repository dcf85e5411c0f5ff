/**
 * Characters that a terminal or a reader may act on instead of showing them: controls apart from newline and tab, and
 * marks that turn the direction of writing.
 */
export const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are the subject of the search
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|\p{Surrogate}/gu;

/** The text with those characters written out, e.g. `\u001b`. */
export function visible(text: string): string {
  return text.replace(unseen, (character) => {
    if (character === '\r') return '\\r';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
