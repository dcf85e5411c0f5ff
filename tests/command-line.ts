import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import fs from 'fs-extra';

/** The built command line. */
export const cli = path.resolve(import.meta.dirname, '../dist/cli.js');

/** A new folder that other users may enter: servers that root starts as another user have their programs and data in it. */
export function scratchFolder(name: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `${name}-`));
  fs.chmodSync(folder, 0o755);
  return folder;
}

/**
 * Makes a project with the built command line.
 * @param folder in which it is made
 * @param name of the project, and of its folder
 * @param choices values by axis
 * @param more resources, and other arguments of the command line
 * @returns the project's folder
 * @throws Error with what the command line printed
 */
export async function makeProject(
  folder: string,
  name: string,
  choices: Record<string, string>,
  { resources = [], args = [] }: { resources?: readonly string[]; args?: readonly string[] } = {},
): Promise<string> {
  // The load generator is an axis with a flag of another name.
  const flags = Object.entries(choices).map(
    ([axis, value]) => `--${axis === 'loadTest' ? 'load-test' : axis}=${value}`,
  );
  const specs = resources.flatMap((spec) => ['--resource', spec]);
  await execa('node', [cli, name, '--yes', '--no-git', ...flags, ...specs, ...args], {
    cwd: folder,
    all: true,
  });
  return path.join(folder, name);
}
