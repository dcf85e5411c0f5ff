import { parseArgs } from 'node:util';
import { type Axis, axisNames, type Choices, flagOf } from './axes.js';
import type { Problem } from './errors.js';
import { isLoad, type Load, loadKeys, loadOptions, possibleLoad } from './load.js';

/** Flags with a value. */
export const valueFlags: readonly string[] = [
  ...axisNames.map(flagOf),
  'resource',
  'preset',
  'answers',
  'package-manager',
  ...loadKeys.map((key) => loadOptions[key].flag),
];
export const switches = [
  'yes',
  'dry-run',
  'json',
  'merge',
  'no-install',
  'no-git',
  'help',
  'version',
] as const;

type Switch = (typeof switches)[number];

/** What a command line says. */
export interface Arguments {
  command: 'create' | 'list';
  directory: string | undefined;
  choices: Partial<Choices>;
  resources: string[];
  load: Partial<Load>;
  preset: string | undefined;
  answers: string | undefined;
  packageManager: string | undefined;
  switches: ReadonlySet<Switch>;
}

const help = 'create-scalable-api --help';

/** Takes a command line apart. Values are not judged here. Returns all that is wrong with its form. */
export function readArguments(argv: readonly string[]): { arguments: Arguments; problems: Problem[] } {
  const problems: Problem[] = [];
  const known = [...valueFlags, ...switches];
  const options = Object.fromEntries(
    known.map((name) => [
      name,
      (switches as readonly string[]).includes(name)
        ? { type: 'boolean' as const }
        : { type: 'string' as const, multiple: true },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const positionals: string[] = [];
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (!known.includes(name) || !rawName.startsWith('--')) {
      const near = nearest(name, known);
      problems.push({
        given: rawName,
        possible: `is not an option${near ? `; did you mean --${near}?` : ''}`,
        command: help,
      });
    } else if (options[name]!.type === 'boolean') {
      if (value !== undefined)
        problems.push({ given: `--${name}=${value}`, possible: 'takes no value', command: help });
      values.set(name, []);
    } else if (value === undefined || value === '') {
      problems.push({ given: `--${name}`, possible: 'needs a value', command: help });
    } else {
      values.set(name, [...(values.get(name) ?? []), value]);
    }
  }
  const one = (name: string): string | undefined => {
    const given = [...new Set(values.get(name) ?? [])];
    if (given.length > 1)
      problems.push({
        given: `--${name} ${given.join(` and --${name} `)}`,
        possible: 'contradict each other; give one',
      });
    return given[0];
  };
  const command = positionals[0] === 'list' ? 'list' : 'create';
  const [directory, ...surplus] = command === 'list' ? positionals.slice(1) : positionals;
  for (const word of surplus)
    problems.push({
      given: word,
      possible: 'unexpected argument; quote a directory with spaces',
      command: help,
    });
  const load: Partial<Load> = {};
  for (const key of loadKeys) {
    const text = one(loadOptions[key].flag);
    if (text !== undefined) readLoad(load, key, text, problems);
  }
  return {
    problems,
    arguments: {
      command,
      directory,
      choices: Object.fromEntries(
        axisNames.flatMap((axis) => {
          const value = one(flagOf(axis));
          return value === undefined ? [] : [[axis, value]];
        }),
      ) as Record<Axis, string>,
      resources: values.get('resource') ?? [],
      load,
      preset: one('preset'),
      answers: one('answers'),
      packageManager: one('package-manager'),
      switches: new Set(switches.filter((name) => values.has(name))),
    },
  };
}

/** Takes a number of the load from a flag, or says what is wrong with it. */
export function readLoad(load: Partial<Load>, key: keyof Load, text: string, problems: Problem[]): void {
  const { flag, default: usual } = loadOptions[key];
  if (/^\d{1,7}(\.\d{1,3})?$/.test(text) && isLoad(key, Number(text))) load[key] = Number(text);
  else
    problems.push({
      given: `--${flag} ${text}`,
      possible: `takes ${possibleLoad(key)}`,
      command: `create-scalable-api shop --yes --${flag} ${usual}`,
    });
}

/** The candidate that differs by the fewest letters, if it is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const scored = candidates.map((candidate) => ({ candidate, distance: distance(word, candidate) }));
  const [best] = scored.sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

/** The edit distance of Levenshtein, with two letters in each other's place counted as one difference. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next[j] = Math.min(
        row[j]! + 1,
        next[j - 1]! + 1,
        row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
        swapped ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
