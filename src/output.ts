import type { Answers } from './answers.js';
import type { Arguments } from './args.js';
import { Cancelled, UserError } from './errors.js';
import type { Warning } from './plan/warnings.js';
import { version } from './version.js';

/** What a run has made, or would make. */
export interface Outcome {
  answers: Answers;
  directory: string;
  files: string[];
  command: string;
  /** Budgets that the load breaks. */
  warnings: Warning[];
  next: string[];
  written: boolean;
}

/** Says what was made, and how to go on. */
export function tell(
  { answers, files, directory, command, warnings, next, written }: Outcome,
  args: Arguments,
): void {
  const lines = written
    ? [`Created ${answers.project.name} in ${directory} (${files.length} files).`]
    : [...tree(files), '', `Would create ${files.length} files in ${directory}. Nothing was written.`];
  lines.push('', 'Recreate with:', `  ${command}`);
  if (warnings.length > 0)
    lines.push(
      '',
      'The load exceeds a budget; see docs/capacity.md:',
      ...warnings.map(({ what }) => `  ${what}`),
    );
  if (written) lines.push('', 'Next:', ...next.map((step) => `  ${step}`));
  if (written && args.switches.has('no-install')) {
    lines.push('', 'The installation writes the lock file. Commit it: the image build needs it.');
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

function tree(files: readonly string[]): string[] {
  const shown = new Set<string>();
  return files.flatMap((file) => {
    const parts = file.split('/');
    return parts.flatMap((part, depth) => {
      const key = parts.slice(0, depth + 1).join('/');
      if (shown.has(key)) return [];
      shown.add(key);
      return [`${'  '.repeat(depth)}${part}${depth < parts.length - 1 ? '/' : ''}`];
    });
  });
}

/**
 * Says what went wrong.
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

/** Lets a run come to its end when nobody reads what it says: behind `| head`, or on a terminal that was closed. */
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
