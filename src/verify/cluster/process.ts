import { type ChildProcess, spawn } from 'node:child_process';
import { runProgram } from '../../disk/subprocess.js';

/** Of the output of a process that has ended: a trace, with what it is about. */
const lastLines = 12;

/** Options of this process that would change its child processes. */
const withoutOptions = { NODE_OPTIONS: undefined };

/** A started process with the lines that it has printed. */
export class Started {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #closed: Promise<unknown>;

  /**
   * @param command and its arguments
   * @param env over this process's environment; undefined takes a variable away
   */
  constructor(
    [command, ...args]: readonly string[],
    directory: string,
    env: Record<string, string | undefined>,
  ) {
    this.#child = spawn(command!, args, {
      cwd: directory,
      env: { ...process.env, ...withoutOptions, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#closed = new Promise<void>((resolve) => {
      this.#child.once('close', () => resolve());
      this.#child.once('error', (error) => {
        this.#lines.push(error.message);
        resolve();
      });
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop()!;
        this.#lines.push(...lines);
      });
      stream.on('end', () => rest !== '' && this.#lines.push(rest));
    }
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  lines(): string[] {
    return this.#lines;
  }

  /** How it has ended, with what it printed at last. */
  async ending(): Promise<string> {
    const { code, signal } = await this.ended();
    const printed = lastWords(this.#lines.filter((line) => line.trim() !== ''));
    return [`ended by itself with ${signal ? `signal ${signal}` : `code ${code}`}`, ...printed].join('\n');
  }

  /** What there is to find out once it is ready. */
  async settled(): Promise<void> {}

  signal(name: NodeJS.Signals): void {
    if (this.running) this.#child.kill(name);
  }

  /** Waits for its end. */
  async ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    await this.#closed;
    return { code: this.#child.exitCode, signal: this.#child.signalCode };
  }

  /** Terminates it, and kills it after that time in milliseconds. */
  async stop(graceMs: number): Promise<void> {
    if (this.running) {
      // A stopped process would never see the other signal.
      this.signal('SIGCONT');
      this.signal('SIGTERM');
      const force = setTimeout(() => this.signal('SIGKILL'), graceMs);
      await this.#closed;
      clearTimeout(force);
    }
  }
}

/** How reports of errors begin, of Node.js, Python, the JVM, Go and .NET; and the line that names the error. */
const beginning = /^(\s*throw |Traceback|Exception in thread|panic:|fatal error:|Unhandled exception)/i;
const naming = /^\[?[\w.]*(error|exception)\b/i;
/** How far an error with all that it holds may be from the end of the output. */
const within = 2000;

/** What a process printed at last, from the beginning of the error if there is one: a trace may be long, and so may be what follows. */
function lastWords(lines: readonly string[]): string[] {
  const last = lines.slice(-within);
  const named = last.findLastIndex((line) => naming.test(line));
  const begun = last.findLastIndex((line) => beginning.test(line));
  const start = begun < 0 ? named : begun;
  if (start < 0) return last.slice(-lastLines);
  if (named < start + lastLines) return last.slice(start, start + lastLines);
  return [...last.slice(start, start + lastLines / 2), '…', ...last.slice(named, named + lastLines / 2)];
}

/**
 * Runs a command to its end.
 * @param signal ends it and all that it has started
 * @returns the lines of its standard output
 * @throws Error with the last lines that it printed when it fails
 */
export async function runToEnd(
  [file, ...args]: readonly string[],
  directory: string,
  env: Record<string, string | undefined>,
  signal: AbortSignal,
): Promise<string[]> {
  const program = { file: file!, args, cwd: directory, env: { ...withoutOptions, ...env } };
  const { failed, all, stdout, shortMessage } = await runProgram(program, signal);
  if (failed) throw new Error(all.slice(-15).join('\n') || shortMessage);
  return stdout;
}
