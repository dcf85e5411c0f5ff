import { spawn } from 'node:child_process';

/**
 * Arguments with which Node runs a TypeScript file, as `tsx` does but without a process in between.
 * @param first a file that runs before it
 */
export function typescript(file: string, first?: string): string[] {
  return ['--require', 'tsx/preflight', '--import', 'tsx', ...(first ? ['--import', first] : []), file];
}

/** Runs Node to its end. @returns its exit code */
export async function run(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, args, { env, stdio: 'inherit' });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
