import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { Formatter } from './plan.js';

/** Far above what a formatter takes for one file. */
const timeoutMs = 30_000;

/**
 * The formatter of a project, with the configuration of its owner.
 * @param commands by the end of a file's name: program and arguments, with `{file}` for its path. It reads a text and prints it.
 */
export function formatterOf(root: string, commands: Readonly<Record<string, readonly string[]>>): Formatter {
  return (file, texts) => {
    const [program, ...args] = commands[path.extname(file)] ?? [];
    if (program === undefined) return undefined;
    const formatted = texts.map((input) => {
      const { status, stdout } = spawnSync(
        program,
        args.map((arg) => arg.replaceAll('{file}', file)),
        { cwd: root, input, encoding: 'utf8', timeout: timeoutMs, maxBuffer: 64_000_000 },
      );
      return status === 0 ? stdout : undefined;
    });
    return formatted.every((text) => text !== undefined) ? formatted : undefined;
  };
}
