import { UserError } from '../cli/errors.js';
import { type CommandForm, parseFlags } from '../cli/flags.js';
import { report, surviveLostReader } from '../cli/output.js';

// Made at build time, from the flags of all commands and the values of the catalogue.
declare const COMPLETIONS: Readonly<Record<string, string>>;

export const completionForm = {
  name: 'completion',
  argument: '<shell>',
  about: 'print a completion script; shells: bash',
  flags: {},
  example: 'source <(create-scalable-api completion bash)',
} as const satisfies CommandForm;

/** `create-scalable-api completion bash`. @returns the exit code: 0 done, 2 the call was wrong */
export async function completion(argv: readonly string[]): Promise<number> {
  surviveLostReader();
  try {
    const { argument = '', problems } = parseFlags(completionForm, argv);
    const script = Object.hasOwn(COMPLETIONS, argument) ? COMPLETIONS[argument] : undefined;
    const possible = `possible shells: ${Object.keys(COMPLETIONS).join(', ')}`;
    const wrong = {
      given: argument === '' ? 'no shell' : `shell "${argument}"`,
      possible,
      command: completionForm.example,
    };
    if (script === undefined || problems.length > 0)
      throw new UserError([...problems, ...(script === undefined ? [wrong] : [])]);
    process.stdout.write(script);
    return 0;
  } catch (error) {
    return report(error, false);
  }
}
