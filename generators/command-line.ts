import { createForm } from '../src/answers/request.js';
import type { Flag } from '../src/cli/flags.js';
import { nearest } from '../src/cli/nearest.js';

const flags: Readonly<Record<string, Flag>> = createForm.flags;
const known = Object.keys(flags);
const formerNames = Object.values(flags).flatMap(({ formerly }) => formerly ?? []);
/** Flags with a value. */
export const valueFlags = known.filter((name) => flags[name]!.value !== undefined);
export const switches = known.filter((name) => flags[name]!.value === undefined);

/**
 * The command line that corresponds to the arguments and options of a generator: what the command takes, and no more, is
 * read and judged by the same code.
 * @param options as `yo` passes them: `--no-x` arrives as `x: false`; Yeoman's own are among them
 */
export function commandLine(args: readonly string[], options: Record<string, unknown>): string[] {
  const flags = Object.entries(options).flatMap(([name, value]) => {
    if (valueFlags.includes(name) || formerNames.includes(name))
      return [value].flat().map((each) => `--${name}=${each ?? ''}`);
    if (value === true && switches.includes(name)) return [`--${name}`];
    if (value === false && switches.includes(`no-${name}`)) return [`--no-${name}`];
    // An option that is not known may be one of Yeoman's; a text under a name like one of ours is misspelt.
    // Each option comes in camel case as well.
    const misspelt =
      typeof value === 'string' && /^[a-z-]+$/.test(name) && nearest(name, known) !== undefined;
    return misspelt && !known.includes(name) ? [`--${name}`] : [];
  });
  return [...flags, ...args];
}
