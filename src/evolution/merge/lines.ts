import { eachSide, linesOf, type Merge, mergeText, type Texts, textOf } from './text.js';
import { mergedOrder } from './values.js';

/** Merges files whose lines are a set, such as `.gitignore`. */
export const mergeSet: Merge = mergeEntries((line) => /^\s*([^\s#].*?)\s*$/.exec(line)?.[1]);

/** Merges code owners by pattern. */
export const mergeOwners: Merge = mergeEntries((line) => /^\s*([^\s#]\S*)/.exec(line)?.[1]);

/** Merges settings by name; a comment such as `# PORT=3000` is a setting too. */
export const mergeSettings: Merge = mergeEntries(
  (line) => /^\s*(?:# ?(?=[A-Z]))?(?:export\s+)?(\w+)=/.exec(line)?.[1],
);

/** Merges by line; where that clashes in a list of requirements of Python, by package. */
export const mergeRequirements: Merge = (texts, labels) =>
  mergeText(texts, labels, (clash) => {
    const isList = Object.values(clash)
      .flat()
      .every((line) => packageOf(line) !== undefined || /^\s*(#|$)/.test(line));
    const { text, clashes } = mergePackages(eachSide(clash, textOf), labels);
    return isList && clashes === 0 ? linesOf(text) : undefined;
  });

const mergePackages = mergeEntries(packageOf);

function packageOf(line: string): string | undefined {
  return /^\s*["']?(\w[\w.-]*)(?:\[[^\]]*\])?\s*(?:[=<>~!]=|[<>]|["'],?$)/.exec(line)?.[1];
}

/** A line with a key, after the comments and empty lines above it. */
interface Entry {
  above: string;
  line: string;
}

/** @param keyOf the key of a line; undefined for comments and empty lines */
function mergeEntries(keyOf: (line: string) => string | undefined): Merge {
  return (texts, labels) => {
    const { base, mine, theirs } = eachSide(texts, (text) => entriesOf(text, keyOf));
    if (!base || !mine || !theirs) return mergeText(texts, labels);
    const keys = mergedOrder([...mine.keys()], [...theirs.keys()]);
    const textFor = (side: keyof Texts) =>
      keys.map((key) => entryFor(base.get(key), mine.get(key), theirs.get(key), side)).join('');
    // These texts differ in the entries that clash.
    return mergeText({ base: textFor('base'), mine: textFor('mine'), theirs: textFor('theirs') }, labels);
  };
}

/** The entries of a text by key, with what follows the last one as the entry of an empty key; undefined if a key is there twice. */
function entriesOf(
  text: string,
  keyOf: (line: string) => string | undefined,
): Map<string, Entry> | undefined {
  const entries = new Map<string, Entry>();
  let above: string[] = [];
  for (const line of linesOf(text)) {
    const key = keyOf(line);
    if (key === undefined) {
      above.push(line);
      continue;
    }
    if (entries.has(key)) return undefined;
    entries.set(key, { above: textOf(above), line: textOf([line]) });
    above = [];
  }
  return entries.set('', { above: textOf(above), line: '' });
}

/** @param side whose lines stand where both sides changed them in different ways */
function entryFor(
  base: Entry | undefined,
  mine: Entry | undefined,
  theirs: Entry | undefined,
  side: keyof Texts,
): string {
  if (mine && theirs) {
    // Of comments above a line that both added, the owner's stay.
    const above = { base: (base ?? theirs).above, mine: mine.above, theirs: theirs.above };
    const line = { base: base?.line ?? '', mine: mine.line, theirs: theirs.line };
    return choose(above, side) + choose(line, side);
  }
  return choose({ base: textFrom(base), mine: textFrom(mine), theirs: textFrom(theirs) }, side);
}

function choose(texts: Texts, side: keyof Texts): string {
  const { base, mine, theirs } = texts;
  if (mine === theirs || base === theirs) return mine;
  return base === mine ? theirs : texts[side];
}

function textFrom(entry: Entry | undefined): string {
  return entry ? entry.above + entry.line : '';
}
