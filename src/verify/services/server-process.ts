import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../proxies/ports.js';

/** The user that a program runs as; both undefined for the one of this process. */
export interface Account {
  uid?: number | undefined;
  gid?: number | undefined;
}

const keptCharacters = 8_000;
const startAttempts = 3;

/** A server program that runs beside this process and ends with it. */
export class ServerProcess {
  readonly #child: ChildProcess;
  #printed = '';
  /** Resolves when it has ended, or could not be started. */
  readonly ended: Promise<void>;
  #running = true;

  /**
   * @param file of the program
   * @param env its whole environment
   */
  constructor(file: string, args: readonly string[], account: Account, env: NodeJS.ProcessEnv) {
    this.#child = spawn(file, args, {
      ...account,
      env,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a separate process group, Ctrl+C at the terminal does not end it before its clients.
      detached: true,
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
    process.once('exit', this.#kill);
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.#running = false;
        process.off('exit', this.#kill);
        resolve();
      };
      this.#child.once('close', end).once('error', (error) => {
        this.#keep(error.message);
        end();
      });
    });
  }

  get running(): boolean {
    return this.#running;
  }

  /** The end of its output. */
  get printed(): string {
    return this.#printed.trim();
  }

  /** Stops it and its children (SIGSTOP). */
  freeze(): void {
    // Itself first: then it makes no more children.
    this.#signal('SIGSTOP');
    for (const child of childrenOf(this.#child.pid)) signal(child, 'SIGSTOP');
  }

  /** Continues it and its children (SIGCONT). */
  thaw(): void {
    for (const child of childrenOf(this.#child.pid)) signal(child, 'SIGCONT');
    this.#signal('SIGCONT');
  }

  /** Ends it with that signal, or with SIGKILL after that time in milliseconds. */
  async stop(name: NodeJS.Signals, graceMs: number): Promise<void> {
    if (!this.#running) return;
    // A frozen process would not see the signal.
    this.thaw();
    this.#signal(name);
    await Promise.race([this.ended, sleep(graceMs, undefined, { ref: false })]);
    this.#kill();
    await this.ended;
  }

  #keep(text: string): void {
    this.#printed = (this.#printed + text).slice(-keptCharacters);
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#running && this.#child.pid !== undefined) signal(this.#child.pid, name);
  }

  readonly #kill = (): void => {
    if (!this.#running) return;
    for (const child of childrenOf(this.#child.pid)) signal(child, 'SIGKILL');
    this.#signal('SIGKILL');
  };
}

/**
 * Starts a server on a free port of 127.0.0.1, and on another one when it does not get that.
 * @param on starts it on a port, and says its URL
 * @param answers throws as long as the server of the URL does not answer
 * @param refuse makes the error of what it has printed, when it does not start
 */
export async function startOnFreePort(
  on: (port: number) => { url: URL; program: ServerProcess },
  { answers, timeoutMs, refuse }: StartTerms,
): Promise<{ url: URL; program: ServerProcess }> {
  for (let attempt = 1; ; attempt += 1) {
    const started = on(await freePort());
    const { url, program } = started;
    if (await answersInTime(program, () => answers(url), timeoutMs)) return started;
    await program.stop('SIGKILL', 0);
    if (attempt === startAttempts) throw refuse(program.printed || 'it says nothing');
  }
}

interface StartTerms {
  answers(url: URL): Promise<void>;
  timeoutMs: number;
  refuse(printed: string): Error;
}

/**
 * Tries until it works.
 * @param answers throws as long as the program does not answer
 * @returns false when the program ends or the time is over
 */
export async function answersInTime(
  program: ServerProcess,
  answers: () => Promise<void>,
  timeoutMs: number,
): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (program.running && performance.now() < end) {
    try {
      await answers();
      // It could have been another program, on the port that this one did not get.
      return program.running;
    } catch {
      await sleep(30);
    }
  }
  return false;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Children need not be in the process group of their parent: those of some servers lead groups of their own. */
function childrenOf(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  return parents()
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child);
}

/** Process ids, each with its parent's. */
function parents(): [number, number][] {
  if (fs.existsSync('/proc/self/stat'))
    return fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const stat = fs.readFileSync(`/proc/${name}/stat`, 'latin1');
          // `pid (name) state parent …`, where the name may hold anything.
          return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]];
        } catch {
          return []; // It has ended in the meantime.
        }
      });
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
}
