import { Cancelled, UserError } from './errors.js';
import { version } from './version.js';

/**
 * Tells a person, and a program that asked for JSON, why a run came to nothing.
 * @returns the exit code: 1 failed, 2 the call was wrong, 130 cancelled
 */
export function report(error: unknown, json: boolean): number {
  if (error instanceof Cancelled) {
    if (json)
      print({
        ok: false,
        problems: [{ given: 'the run', possible: 'was cancelled; nothing is left behind' }],
      });
    process.stderr.write('Cancelled; nothing was left behind.\n');
    return 130;
  }
  if (!(error instanceof UserError)) {
    process.stderr.write(`This is a bug in create-scalable-api ${version}:\n${(error as Error).stack}\n`);
    if (json) print({ ok: false, problems: [{ given: 'the run', possible: (error as Error).message }] });
    return 1;
  }
  if (json) print({ ok: false, problems: error.problems });
  for (const [index, { given, possible, command }] of error.problems.entries()) {
    // Problems of one kind share their example.
    const example = command !== error.problems[index + 1]?.command ? command : undefined;
    process.stderr.write(`${given}: ${possible}\n${example ? `  for example: ${example}\n` : ''}`);
  }
  return error.exitCode;
}

/** One JSON document on the standard output. */
export function print(document: object): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}
