import { spawn } from 'node:child_process';

/** Arguments with which Node runs a TypeScript file, as `tsx` does but without a process in between. */
export function typescript(file: string): string[] {
  return ['--require', 'tsx/preflight', '--import', 'tsx', file];
}

/** Runs Node to its end. @throws Error when it does not exit with 0 */
export async function run(args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, args, { env, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`${args.at(-1)} ended with ${code}`);
}
