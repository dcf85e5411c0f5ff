import { parseArgs } from 'node:util';
import type { Problem } from './errors.js';
import { nearest } from './nearest.js';

/** One flag of a command. Parsing, help, completion and the generators' options follow from it. */
export interface Flag {
  /** The heading of the help that it stands under. */
  group: string;
  /** How its value is written in the help, such as `<name>`. A flag without one is a switch. */
  value?: string;
  /** It may be given several times. */
  repeatable?: true;
  /** One line of the help. */
  about?: string;
  /** An earlier name, which is still accepted. */
  formerly?: string;
  /** Its values are known: those of this axis, or the presets. */
  valuesOf?: string;
}

export type FlagTable = Readonly<Record<string, Flag>>;

/** The form of a command: what may follow its name. */
export interface CommandForm<Flags extends FlagTable = FlagTable> {
  name: string;
  /** Its one positional argument in the help, such as `[directory]`; several where it has `...`. */
  argument?: string;
  about: string;
  flags: Flags;
  /** A valid call, shown with errors. */
  example: string;
}

/** The flags of a command as given on a command line. */
export interface ParsedFlags<Name extends string> {
  argument: string | undefined;
  /** All that are no flags. */
  words: string[];
  /** Whether a flag is given. */
  has(name: Name): boolean;
  /** The value of a flag, the first if several contradict each other. */
  one(name: Name): string | undefined;
  /** All values of a flag, in their order. */
  all(name: Name): string[];
  /** Everything that is wrong with the form. */
  problems: Problem[];
  /** One sentence for each flag that is given by its former name. */
  hints: string[];
}

/**
 * Parses a command line. Values are not judged.
 * @param argv what follows the name of the command
 */
export function parseFlags<const Flags extends FlagTable>(
  { name: command, argument, flags, example }: CommandForm<Flags>,
  argv: readonly string[],
): ParsedFlags<keyof Flags & string> {
  const problems: Problem[] = [];
  const refuse = (given: string, possible: string) => problems.push({ given, possible, command: example });
  const { tokens } = parseArgs({
    args: [...argv],
    options: optionsOf(flags),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const renamed = new Map(Object.entries(flags).map(([name, { formerly }]) => [formerly, name]));
  const hints = new Set<string>();
  const words: string[] = [];
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const { rawName, value } = token;
    const name = renamed.get(token.name) ?? token.name;
    if (name !== token.name) hints.add(`--${token.name} is now --${name}`);
    const flag = rawName.startsWith('--') && Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (!flag) refuse(rawName, unknown(name, Object.keys(flags)));
    else if (flag.value === undefined) {
      if (value !== undefined) refuse(`--${name}=${value}`, 'takes no value');
      values.set(name, []);
    } else if (!value) refuse(`--${name}`, 'needs a value');
    else values.set(name, [...(values.get(name) ?? []), value]);
  }
  for (const [name, given] of values) {
    const different = [...new Set(given)];
    if (different.length > 1 && !flags[name]?.repeatable)
      refuse(`--${name} ${different.join(` and --${name} `)}`, 'contradict each other; give one');
  }
  const taken = argument === undefined ? 0 : argument.includes('...') ? words.length : 1;
  for (const word of words.slice(taken))
    refuse(
      word,
      argument === undefined
        ? `"${command}" takes no argument`
        : 'unexpected argument; quote an argument with spaces',
    );
  return {
    argument: argument === undefined ? undefined : words[0],
    words,
    has: (name) => values.has(name),
    one: (name) => values.get(name)?.[0],
    all: (name) => values.get(name) ?? [],
    problems,
    hints: [...hints],
  };
}

function optionsOf(flags: FlagTable) {
  return Object.fromEntries(
    Object.entries(flags).flatMap(([name, { value, formerly }]) => {
      const option =
        value === undefined ? { type: 'boolean' as const } : { type: 'string' as const, multiple: true };
      return [name, ...(formerly ? [formerly] : [])].map((each) => [each, option]);
    }),
  );
}

function unknown(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `is not an option${near ? `; did you mean --${near}?` : ''}`;
}
