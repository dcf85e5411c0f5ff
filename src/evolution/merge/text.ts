import { diffArrays } from 'diff';

/** The names of the three texts, as they stand in marks. */
export interface Labels {
  mine: string;
  base: string;
  theirs: string;
}

export interface Merged {
  text: string;
  /** The number of marked places in the text. */
  clashes: number;
}

/** Something of a file as generated before, as the owner has it, and as generated now. */
export interface Sides<Of> {
  base: Of;
  mine: Of;
  theirs: Of;
}

export type Texts = Sides<string>;

/** The results of a function for the three sides. */
export function eachSide<From, To>({ base, mine, theirs }: Sides<From>, of: (from: From) => To): Sides<To> {
  return { base: of(base), mine: of(mine), theirs: of(theirs) };
}

/** Merges the texts of a file, whose lines all end with a line feed. */
export type Merge = (texts: Texts, labels: Labels) => Merged;

type Lines = readonly string[];
type Side = 'mine' | 'theirs';

/** Lines of the base from `start` to before `end`, which one side replaces. */
interface Change {
  start: number;
  end: number;
  lines: Lines;
  side: Side;
}

/** Changes of both sides to the same lines, with those of the base if it is known. */
type Clash = Omit<Sides<Lines>, 'base'> & { base: Lines | undefined };

type Part = Lines | Clash;

/** Inserted and removed lines above which two texts count as unrelated: the cost is its square. */
const maxEditLength = 2000;

/**
 * Merges by line, as strictly as `git merge-file --diff3`: changes of both sides to adjacent lines clash.
 * @param resolve the lines that a clash is resolved to, if they are known
 */
export function mergeText(
  texts: Texts,
  labels: Labels,
  resolve: (clash: Sides<Lines>) => Lines | undefined = () => undefined,
): Merged {
  const parts = partsOf(texts).map((part) =>
    isClash(part) ? (resolve(part as Sides<Lines>) ?? part) : part,
  );
  return written(parts, labels);
}

/** Marks each difference of two texts without a common base. */
export function markDifferences({ mine, theirs }: Omit<Texts, 'base'>, labels: Labels): Merged {
  const [from, to] = [linesOf(mine), linesOf(theirs)];
  const whole: Change = { start: 0, end: from.length, lines: to, side: 'theirs' };
  const parts = split(from, changesOf(from, to, 'theirs') ?? [whole], ({ start, end, lines }) => ({
    mine: from.slice(start, end),
    base: undefined,
    theirs: lines,
  }));
  return written(parts, labels);
}

/** Marks the whole file. */
export function markAll(texts: Texts, labels: Labels): Merged {
  return written([eachSide(texts, linesOf)], labels);
}

/**
 * The text with changes to adjacent lines applied one after the other, and of insertions at one place that of `first`
 * first; undefined where both sides replace the same lines.
 */
export function mergeLoosely(texts: Texts, first: Side): string | undefined {
  const parts = partsOf(texts, first);
  return parts.some(isClash) ? undefined : textOf(parts.flatMap((part) => part as Lines));
}

function partsOf(texts: Texts, first?: Side): Part[] {
  const { base, mine, theirs } = eachSide(texts, linesOf);
  const [own, others] = [changesOf(base, mine, 'mine'), changesOf(base, theirs, 'theirs')];
  if (!own || !others) return [{ base, mine, theirs }];
  const found = new Set(own.map(contentOf));
  const groups = grouped([...own, ...others.filter((change) => !found.has(contentOf(change)))], first);
  return split(base, groups, (group) => {
    const sides = {
      base: base.slice(group.start, group.end),
      mine: applied(base, group, 'mine'),
      theirs: applied(base, group, 'theirs'),
    };
    if (group.changes.every(({ side }) => side === 'mine')) return sides.mine;
    return group.changes.every(({ side }) => side === 'theirs') ? sides.theirs : sides;
  });
}

/** The changes of a side, in order, with unchanged lines between them; undefined above the bound. */
function changesOf(base: Lines, lines: Lines, side: Side): Change[] | undefined {
  const runs = diffArrays([...base], [...lines], { maxEditLength });
  if (!runs) return undefined;
  const changes: Change[] = [];
  let place = 0;
  let open: Change | undefined;
  for (const { added, removed, value } of runs) {
    if (added || removed) {
      if (!open) {
        open = { start: place, end: place, lines: [], side };
        changes.push(open);
      }
      if (added) open.lines = open.lines.concat(value);
      else open.end += value.length;
    } else open = undefined;
    if (!added) place += value.length;
  }
  return changes;
}

/** Changes that overlap, or touch each other where the merge is strict. */
interface Group {
  start: number;
  end: number;
  changes: Change[];
}

function grouped(changes: readonly Change[], first: Side | undefined): Group[] {
  const order = ({ side }: Change) => (side === first ? 0 : 1);
  const sorted = changes.toSorted((a, b) => a.start - b.start || a.end - b.end || order(a) - order(b));
  const groups: Group[] = [];
  for (const change of sorted) {
    const last = groups.at(-1);
    if (last && (change.start < last.end || (!first && change.start === last.end))) {
      last.end = Math.max(last.end, change.end);
      last.changes.push(change);
    } else groups.push({ start: change.start, end: change.end, changes: [change] });
  }
  return groups;
}

/** The lines between the places, and the part of each place. */
function split<Place extends { start: number; end: number }>(
  lines: Lines,
  places: readonly Place[],
  partOf: (place: Place) => Part,
): Part[] {
  const starts = [0, ...places.map(({ end }) => end)];
  return [
    ...places.flatMap((place, index) => [lines.slice(starts[index], place.start), partOf(place)]),
    lines.slice(starts.at(-1)),
  ];
}

/** The lines of a group on one side. */
function applied(base: Lines, { start, end, changes }: Group, of: Side): Lines {
  let lines: string[] = [];
  let place = start;
  for (const change of changes.filter(({ side }) => side === of)) {
    lines = lines.concat(base.slice(place, change.start), change.lines);
    place = change.end;
  }
  return lines.concat(base.slice(place, end));
}

function written(parts: readonly Part[], labels: Labels): Merged {
  const marked = parts.flatMap((part) =>
    isClash(part)
      ? [
          `<<<<<<< ${labels.mine}`,
          ...part.mine,
          ...(part.base ? [`||||||| ${labels.base}`, ...part.base] : []),
          '=======',
          ...part.theirs,
          `>>>>>>> ${labels.theirs}`,
        ]
      : part,
  );
  return { text: textOf(marked), clashes: parts.filter(isClash).length };
}

function isClash(part: Part): part is Clash {
  return 'theirs' in part;
}

function contentOf({ start, end, lines }: Change): string {
  return JSON.stringify([start, end, lines]);
}

/** The lines of a text without their line feeds. */
export function linesOf(text: string): string[] {
  return text === '' ? [] : text.slice(0, -1).split('\n');
}

/** The text of lines, each with a line feed. */
export function textOf(lines: Lines): string {
  return lines.map((line) => `${line}\n`).join('');
}
