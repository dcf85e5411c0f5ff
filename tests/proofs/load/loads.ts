import path from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import type { Tool } from './tools.js';

/** How a load ended, and what it printed. */
export interface LoadResult {
  exitCode: number | undefined;
  printed: string;
}

export const account = { email: 'load@example.com', password: 'a long password of nobody' };

/** The load tests of a project, run by its load generator. */
export class Loads {
  /**
   * @param folder of the project
   * @param callers gives the variables that loads sign in with
   */
  constructor(
    readonly folder: string,
    readonly tool: Tool,
    private readonly callers: () => Record<string, string>,
  ) {}

  async run(load: string, env: Record<string, string>): Promise<LoadResult> {
    const { command, ending, env: own } = this.tool;
    const [program, ...args] = [...command, `load/${load}${ending}`];
    const { exitCode, all } = await execa(program!, args, {
      cwd: this.folder,
      env: {
        ...this.callers(),
        // Few cores serve, send and run other tests.
        P95_MS: '2000',
        ...own,
        ...env,
      },
      all: true,
      reject: false,
    });
    return { exitCode, printed: all };
  }

  /** A busy machine may be too slow for a moment, but not three times in a row. */
  async passes(load: string, env: Record<string, string>): Promise<LoadResult> {
    let last = await this.run(load, env);
    for (let again = 0; again < 2 && last.exitCode !== 0; again += 1) last = await this.run(load, env);
    expect(last.exitCode, last.printed).toBe(0);
    return last;
  }

  /** It exceeds a limit. */
  async exceeds(load: string, env: Record<string, string>): Promise<void> {
    const { exitCode, printed } = await this.run(load, env);
    expect(exitCode, printed).toBe(this.tool.exceeded);
  }

  /** It ends at once with 108, and says why it cannot measure. */
  async refuses(reason: RegExp, env: Record<string, string>): Promise<void> {
    const { exitCode, printed } = await this.run('smoke', { TIME: '0.5', ...env });
    expect(printed).toMatch(reason);
    expect(exitCode, printed).toBe(108);
  }

  /** A file below `load/` of the project. */
  file(name: string): string {
    return path.join(this.folder, 'load', name);
  }
}
