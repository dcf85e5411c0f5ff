import type { Manifest, ManifestEntry } from '../answers/manifest.js';
import { entriesOf, hashOf, manifestPath } from '../answers/manifest.js';
import { UserError } from '../cli/errors.js';
import type { RenderedFile } from '../render/render.js';
import { withImports } from './imports.js';
import { type Labels, type Merged, mergeFile } from './merge/merge.js';
import { similarity } from './merge/similarity.js';
import { isMigration } from './paths.js';
import type { Source } from './sources.js';
import { asOwned, type OwnText } from './text.js';
import type { Tree } from './tree.js';

/**
 * What becomes of a file:
 * - `added`, `changed`, `deleted`: it follows the rendering, as its owner has not edited it
 * - `merged`: the edits of its owner and the changes of the rendering are both in it
 * - `clash`: both changed the same lines, or nothing is known to merge against; its owner has to look
 * - `kept`: its owner's, though the rendering has changed
 * - `adopted`: its owner has made the change already
 */
export type Outcome = 'added' | 'changed' | 'deleted' | 'merged' | 'clash' | 'kept' | 'adopted';

export interface Step {
  /** The path that is rendered. */
  path: string;
  /** The path in the project, where its owner has moved it. */
  at: string;
  outcome: Outcome;
  /** Why, in a few words, where the outcome does not say it. */
  because?: string;
  /** What is written, and where. */
  write?: { at: string; text: string; executable: boolean };
  /** The file that is deleted. */
  remove?: string;
}

/** The file that a step is about, as its owner finds it. */
export function fileOf({ at, write }: Step): string {
  return write?.at ?? at;
}

export interface Plan {
  steps: Step[];
  /** The files of the new manifest. */
  entries: Map<string, ManifestEntry>;
  /** Where the owner has moved files, by the path that they are rendered at. */
  moved: Map<string, string>;
}

/** A file that was rendered at one path by earlier versions, and is at another since. */
export interface Move {
  from: string;
  to: string;
}

/** Texts of a file in the format of its owner; undefined where there is no formatter for it. */
export type Formatter = (file: string, texts: readonly string[]) => string[] | undefined;

export interface Situation {
  tree: Tree;
  manifest: Manifest;
  /** The new rendering. */
  rendered: ReadonlyMap<string, RenderedFile>;
  /** Where texts of the earlier rendering come from. */
  source: Source;
  moves: readonly Move[];
  labels: Labels;
  format: Formatter;
  /** Whether migrations follow the rendering, as for another database, which is empty. */
  freshMigrations: boolean;
}

/** Alike enough for a file that its owner has moved. */
const alike = 0.6;
/** A new rendering that is put beside a file for which nothing is known to merge against. */
export const besideSuffix = '.new';

/** One file of a plan. */
interface Subject {
  path: string;
  /** Where its owner has it. */
  at: string;
  was: ManifestEntry | undefined;
  next: (RenderedFile & ManifestEntry) | undefined;
  /** The earlier path, where the templates have moved it. */
  from: string | undefined;
}

/**
 * Plans what becomes of each file. Nothing is written.
 * @throws UserError where the owner has a file in the place of one that has to be compared
 */
export function planOf(situation: Situation): Plan {
  const { manifest, rendered, moves } = situation;
  const old = entriesOf(manifest);
  const next = new Map(
    [...rendered]
      .filter(([path]) => path !== manifestPath)
      .map(([path, file]) => [path, { ...file, hash: hashOf(file.text) }]),
  );
  const renamed = new Map(
    moves
      .filter(({ from, to }) => old.has(from) && !next.has(from) && next.has(to) && !old.has(to))
      .map(({ from, to }) => [to, from]),
  );
  const moved = new Map(Object.entries(manifest.moved ?? {}));
  for (const [to, from] of renamed) {
    const at = moved.get(from);
    if (at !== undefined) moved.set(to, at);
  }
  const planning = planningOf(situation, old, next, moved);
  const steps: Step[] = [];
  const entries = new Map<string, ManifestEntry>();
  const ends = new Set(renamed.values());
  for (const path of [...new Set([...old.keys(), ...next.keys()])].sort()) {
    if (ends.has(path)) continue;
    const from = renamed.get(path);
    const was = old.get(from ?? path);
    const file = next.get(path);
    const subject: Subject = { path, at: moved.get(path) ?? from ?? path, was, next: file, from };
    // A manifest of an earlier format does not say which files can be executed.
    if (was && file && manifest.format !== 2) was.executable = file.executable;
    if (isMigration(path) && was && !situation.freshMigrations && was.hash !== file?.hash) {
      entries.set(path, was);
      continue;
    }
    const step = stepOf(planning, subject);
    if (step) steps.push(step);
    if (step && step.at !== path && step.write?.at !== path) moved.set(path, step.at);
    if (file) entries.set(path, { hash: file.hash, executable: file.executable });
  }
  for (const path of moved.keys()) if (!entries.has(path)) moved.delete(path);
  requirePlaces(situation.tree, steps);
  return { steps, entries, moved };
}

/** Refuses to write beside a file where its owner has another. */
function requirePlaces(tree: Tree, steps: readonly Step[]): void {
  const taken = steps.filter(
    ({ at, write }) => write?.at === `${at}${besideSuffix}` && !('nothing' in tree.find(write.at)),
  );
  if (taken.length === 0) return;
  throw new UserError(
    taken.map(({ at, write }) => ({
      given: write!.at,
      possible: `is a file of yours, and the place of the new rendering of ${at}; rename or delete it first`,
      command: `mv ${write!.at} ${at}.mine`,
    })),
  );
}

/** A situation, and what has been found out in it. */
interface Planning extends Situation {
  /** Where the owner has moved a file that is gone. */
  whereMoved(path: string, was: ManifestEntry, from: string): string | undefined;
  /** A text, which is rendered at a path, as it is for where the owner has it. */
  imports(text: string, path: string, at: string): string;
}

/** @param moved where the owner has moved files; what is found is added */
function planningOf(
  situation: Situation,
  old: ReadonlyMap<string, ManifestEntry>,
  next: ReadonlyMap<string, unknown>,
  moved: Map<string, string>,
): Planning {
  const { tree } = situation;
  const taken = new Set([...old.keys(), ...next.keys(), ...moved.values()]);
  let strangers: string[] | undefined;
  const whereMoved = remembered((path: string, was: ManifestEntry, from: string) => {
    strangers ??= tree.files().filter((file) => !taken.has(file));
    return similar(situation, path, was, from, strangers);
  });
  const placeOf = remembered((file: string) => {
    const was = old.get(file);
    if (moved.has(file) || !was || !('nothing' in tree.find(file))) return moved.get(file) ?? file;
    const found = whereMoved(file, was, file);
    if (found !== undefined) moved.set(file, found);
    return found ?? file;
  });
  const places = { isRendered: (file: string) => next.has(file) || old.has(file), placeOf };
  return { ...situation, whereMoved, imports: (...text) => withImports(...text, places) };
}

function stepOf(planning: Planning, subject: Subject): Step | undefined {
  const { path, at, was, next, from } = subject;
  const same = was?.hash === next?.hash && was?.executable === next?.executable;
  if (same && from === undefined) return undefined;
  const found = planning.tree.find(at);
  if ('obstacle' in found) return { path, at, outcome: 'kept', because: found.obstacle };
  if ('own' in found) return withOwn(planning, subject, found.own);
  if (!next) return undefined;
  const { executable } = next;
  if (!was)
    return {
      path,
      at,
      outcome: 'added',
      write: { at, text: planning.imports(next.text, path, at), executable },
    };
  const place = planning.whereMoved(path, was, from ?? path);
  if (place === undefined) return { path, at, outcome: 'kept', because: 'you have deleted it' };
  return withOwn(planning, { ...subject, at: place }, planning.tree.read(place)!);
}

function withOwn(planning: Planning, subject: Subject, own: OwnText): Step | undefined {
  const { path, at, was, next, from } = subject;
  const mine = hashOf(own.text);
  if (!next) {
    if (mine === was!.hash) return { path, at, outcome: 'deleted', remove: at };
    return { path, at, outcome: 'kept', because: 'it is no longer generated, and you have edited it' };
  }
  const to = from !== undefined && at === from ? path : at;
  const mode = was && was.executable !== next.executable && own.executable === was.executable ? next : own;
  const write = (text: string) => ({
    write: { at: to, text: asOwned(text, own), executable: mode.executable },
    ...(to === at ? {} : { remove: at }),
  });
  if (to !== at && !('nothing' in planning.tree.find(to)))
    return { path, at, outcome: 'kept', because: `it is at ${to} now, where you have another file` };
  const theirs = planning.imports(next.text, path, to);
  if (mine === was?.hash) return { path, at, outcome: 'changed', ...write(theirs) };
  if (mine === next.hash || mine === hashOf(theirs) || was?.hash === next.hash) {
    const stays = to === at && mode.executable === own.executable;
    return stays ? { path, at, outcome: 'adopted' } : { path, at, outcome: 'changed', ...write(own.text) };
  }
  const source = was && planning.source(from ?? path, was.hash);
  if (source === undefined) {
    const beside = `${at}${besideSuffix}`;
    return {
      path,
      at,
      outcome: 'clash',
      because: was
        ? `its earlier rendering is not known; the new one is in ${beside}`
        : `you have added it as well; the new one is in ${beside}`,
      write: { at: beside, text: theirs, executable: next.executable },
    };
  }
  const base = planning.imports(source, from ?? path, at);
  const { text, clashes } = merged(planning, at, { base, mine: own.text, theirs });
  if (clashes === 0) return { path, at, outcome: 'merged', ...write(text) };
  const because = `${clashes} ${clashes === 1 ? 'place is' : 'places are'} marked`;
  return { path, at, outcome: 'clash', because, ...write(text) };
}

/** Merges a file; where that clashes, once more with both renderings in the format of the owner. */
function merged(
  { labels, format }: Situation,
  file: string,
  texts: { base: string; mine: string; theirs: string },
): Merged {
  const plain = mergeFile(file, texts, labels);
  if (plain.clashes === 0) return plain;
  const [base, theirs] = format(file, [texts.base, texts.theirs]) ?? [];
  if (base === undefined || theirs === undefined) return plain;
  const formatted = mergeFile(file, { base, mine: texts.mine, theirs }, labels);
  return formatted.clashes < plain.clashes ? formatted : plain;
}

/** Where the owner has moved a file to: the one file that is like its earlier rendering. */
function similar(
  { tree, source }: Situation,
  path: string,
  was: ManifestEntry,
  from: string,
  strangers: readonly string[],
): string | undefined {
  const sameKind = strangers.filter((file) => extension(file) === extension(path));
  const texts = sameKind.map((file) => [file, tree.read(file)?.text ?? ''] as const);
  const equal = texts.filter(([, text]) => hashOf(text) === was.hash);
  if (equal.length > 0) return equal.length === 1 ? equal[0]![0] : undefined;
  const base = source(from, was.hash);
  if (base === undefined) return undefined;
  const like = texts.filter(([, text]) => similarity(base, text) >= alike);
  return like.length === 1 ? like[0]![0] : undefined;
}

function extension(file: string): string {
  return /\.[^./]+$/.exec(file)?.[0] ?? '';
}

/** A function that is called once for each first argument. */
function remembered<Key, Others extends unknown[], Value>(
  find: (key: Key, ...others: Others) => Value,
): (key: Key, ...others: Others) => Value {
  const known = new Map<Key, Value>();
  return (key, ...others) => {
    if (!known.has(key)) known.set(key, find(key, ...others));
    return known.get(key)!;
  };
}
