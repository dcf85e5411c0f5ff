import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { eachSide, type Merge, markAll, mergeLoosely, mergeText } from './text.js';
import { mergeValues, type Value } from './values.js';

/**
 * Merges YAML by line. Where that clashes, changes to adjacent lines are taken if the document then has the value of a merge
 * by key.
 */
export const mergeYaml: Merge = (texts, labels) => {
  const byLine = mergeText(texts, labels);
  if (byLine.clashes === 0 && readYaml(byLine.text)) return byLine;
  const values = eachSide(texts, readYaml);
  if (!values.base || !values.mine || !values.theirs) return byLine;
  const merged = mergeValues(values, 'mine');
  for (const first of ['mine', 'theirs'] as const) {
    const text = merged.clashes === 0 ? mergeLoosely(texts, first) : undefined;
    if (text !== undefined && isDeepStrictEqual(readYaml(text), merged.value)) return { text, clashes: 0 };
  }
  return byLine.clashes > 0 ? byLine : markAll(texts, labels);
};

/** The documents of a file by their place; undefined if it is invalid or has a key twice. */
function readYaml(text: string): Value | undefined {
  try {
    const documents = parseAllDocuments(text, { logLevel: 'silent' });
    if (!Array.isArray(documents)) return {};
    if (documents.some(({ errors }) => errors.length > 0)) return undefined;
    return Object.fromEntries(documents.map((document, place) => [place, document.toJS()]));
  } catch {
    // Aliases that refer to nothing, or that would fill the memory.
    return undefined;
  }
}
