import { eachSide, linesOf, type Texts, textOf } from './text.js';

/** Lines that name a version, by kind of file: the text before it, the version, and the text after it. */
const pins: readonly { files: RegExp; line: RegExp }[] = [
  { files: /(^|\/)package\.json$/, line: /^(\s*"[^"]+":\s*")((?:[~^]|>=)?\d[\w.-]*)(".*)$/ },
  {
    files: /(^|\/)(pyproject\.toml|requirements[^/]*\.txt)$/,
    line: /^(\s*"?[\w.-]+(?:\[[\w, -]+\])?\s*)((?:==|>=|~=)\s*\d[\w.]*)(.*)$/,
  },
  { files: /\.ya?ml$/, line: /^(\s*(?:- +)?uses: +[^@\s]+@)(\S+(?: +# *v?\d\S*)?)(\s*)$/ },
  { files: /\.ya?ml$/, line: /^(\s*(?:- +)?image: +["']?[\w./-]+:)(v?\d[\w.-]*(?:@sha256:\w+)?)(["']?.*)$/ },
  {
    files: /(^|\/)(Docker|Container)file[^/]*$/,
    line: /^(FROM +(?:--\S+ +)*[\w./-]+:)(v?\d[\w.-]*(?:@sha256:\w+)?)(.*)$/i,
  },
];

/**
 * Gives each pin the highest of its versions in all three texts, so that a version that bots raised is no edit: it neither
 * clashes with one that the template raised, nor keeps a dependency that the template removed. A version that was
 * lowered, and one that cannot be compared, stays an edit.
 */
export function levelVersions(path: string, texts: Texts): Texts {
  const lines = pins.filter(({ files }) => files.test(path)).map(({ line }) => line);
  if (lines.length === 0) return texts;
  const { base, mine, theirs } = eachSide(texts, (text) => pinsOf(text, lines));
  const levels = new Map<string, string>();
  for (const key of new Set([...base.keys(), ...mine.keys()])) {
    const level = highest(base.get(key), mine.get(key), theirs.get(key));
    if (level !== undefined) levels.set(key, level);
  }
  return eachSide(texts, (text) =>
    textOf(
      linesOf(text).map((line) => {
        const pin = pinOf(line, lines);
        const level = pin && levels.get(pin.key);
        return level ? pin.before + level + pin.after : line;
      }),
    ),
  );
}

/** Versions by pin; the version is empty where a text has several. */
function pinsOf(text: string, lines: readonly RegExp[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { key, version } of linesOf(text).flatMap((line) => pinOf(line, lines) ?? []))
    found.set(key, (found.get(key) ?? version) === version ? version : '');
  return found;
}

function pinOf(line: string, lines: readonly RegExp[]) {
  for (const each of lines) {
    const [, before, version, after] = each.exec(line) ?? [];
    if (version !== undefined) return { key: before!.trim(), before: before!, version, after: after! };
  }
  return undefined;
}

/** The highest version, if each side has the one of the base, a higher one or none. */
function highest(base: string | undefined, mine: string | undefined, theirs: string | undefined) {
  let level = base;
  for (const version of [mine, theirs]) {
    if (version === undefined) continue;
    if (version !== base && base !== undefined && !isHigher(version, base)) return undefined;
    if (level === undefined || isHigher(version, level)) level = version;
    else if (version !== level && !isHigher(level, version)) return undefined;
  }
  return level;
}

function isHigher(a: string, b: string): boolean {
  return (compareVersions(a, b) ?? 0) > 0;
}

/**
 * Compares the numbers of two versions, such as `^1.2.3`, `v4` or `<hash> # v4.1.0`.
 * @returns undefined if they differ in more than numbers, such as `18-alpine` and `19-bookworm`
 */
export function compareVersions(a: string, b: string): number | undefined {
  const [one, other] = [numbersOf(a), numbersOf(b)];
  if (!one || !other || one.flavour !== other.flavour) return undefined;
  const places = one.numbers.length > other.numbers.length ? one.numbers : other.numbers;
  const differences = places.map((_, place) => (one.numbers[place] ?? 0) - (other.numbers[place] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

function numbersOf(version: string) {
  const [, range, numbers, rest] =
    /(?:^|# *)([=~^>]*)\s*v?(\d+(?:\.\d+)*)([^\s@]*)(?:@sha256:\w+)?$/.exec(version) ?? [];
  return numbers === undefined
    ? undefined
    : { numbers: numbers.split('.').map(Number), flavour: `${range} ${rest}` };
}
