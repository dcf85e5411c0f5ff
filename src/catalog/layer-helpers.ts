import fs from 'node:fs';
import path from 'node:path';
import { compileFunction } from 'node:vm';
import { transformSync } from 'esbuild';

/** A function that templates may call. */
export type Helper = (...values: never[]) => unknown;

const file = 'helpers.ts';

/** The files of a templates folder in which layers bring helpers for their language or format. */
export function helperFiles(root: string, layers: readonly { id: string }[]): string[] {
  return layers.map(({ id }) => path.join(root, id, file)).filter((place) => fs.existsSync(place));
}

/**
 * The helpers that layers bring, by name. Their files import types alone.
 * @throws Error when two files bring a helper of one name
 */
export function readHelpers(files: readonly string[]): Record<string, Helper> {
  const all: Record<string, Helper> = {};
  for (const place of files) {
    for (const [name, helper] of Object.entries(exportsOf(place))) {
      if (Object.hasOwn(all, name)) throw new Error(`${place}: there is another helper "${name}"`);
      all[name] = helper;
    }
  }
  return all;
}

function exportsOf(place: string): Record<string, Helper> {
  const { code } = transformSync(fs.readFileSync(place, 'utf8'), { loader: 'ts', format: 'cjs' });
  const module = { exports: {} };
  compileFunction(code, ['module', 'exports'], { filename: place })(module, module.exports);
  return module.exports;
}
