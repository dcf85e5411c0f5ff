import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';

/** A process group takes signals for a program and all that it starts. Windows has none. */
const grouped = process.platform !== 'win32';
const graceMs = 5_000;
/** A killed process that is not reaped, as in a container without an init process, stays in its group. */
const deathMs = 1_000;
const pollMs = 20;

interface Program {
  file: string;
  args: readonly string[];
  cwd: string;
  /** Over this process's own; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
}

/**
 * Runs a program to its end and ignores its exit code. It has no terminal and no input.
 * @param signal ends the program and all that it has started: SIGTERM first, SIGKILL after five seconds
 * @throws the reason of the signal, once nothing of the program runs any more
 */
export async function runProgram({ file, args, cwd, env = {} }: Program, signal: AbortSignal) {
  signal.throwIfAborted();
  const child = execa(file, args, {
    cwd,
    env,
    stdin: 'ignore',
    all: true,
    lines: true,
    reject: false,
    detached: grouped,
  });
  let ended: Promise<void> | undefined;
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = () => {
      ended = end(child);
      resolve(ended);
    };
  });
  // Neither the terminal nor the end of this process reaches another process group.
  const leave = () => signalGroup(child.pid, 'SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  process.once('exit', leave);
  try {
    const result = await Promise.race([child, stopped]);
    await ended;
    signal.throwIfAborted();
    return result!;
  } finally {
    signal.removeEventListener('abort', stop);
    process.off('exit', leave);
  }
}

type Child = Pick<ChildProcess, 'pid' | 'kill' | 'stdout' | 'stderr'> & PromiseLike<unknown>;

async function end(child: Child): Promise<void> {
  if (!grouped) {
    child.kill();
    await child;
    return;
  }
  signalGroup(child.pid, 'SIGTERM');
  await Promise.race([child, delay(graceMs, undefined, { ref: false })]);
  // Processes that outlive the program are killed at once.
  signalGroup(child.pid, 'SIGKILL');
  for (let waited = 0; waited < deathMs && signalGroup(child.pid, 0); waited += pollMs) await delay(pollMs);
  // A process outside of the group may still hold the pipes; its output is not awaited.
  child.stdout?.destroy();
  child.stderr?.destroy();
}

/** @returns whether there was anybody in the group to take the signal */
function signalGroup(leader: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (!grouped || leader === undefined) return false;
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
