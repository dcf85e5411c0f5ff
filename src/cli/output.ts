import { Cancelled, UserError } from './errors.js';
import { version } from './version.js';

/**
 * Reports what went wrong.
 * @returns the exit code
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

/** Prints the one document of --json. */
export function print(document: object): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** Lets a run finish when its output is closed: behind `| head`, or on a closed terminal. */
export function surviveLostReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EIO') process.once('exit', endAsHungUp);
      else if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** Node.js gives the terminal its settings back when it exits, and dumps core where there is no terminal any more. */
function endAsHungUp(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}
