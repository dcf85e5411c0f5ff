import fs from 'node:fs';
import path from 'node:path';
import { axes } from '../../src/catalog/axes.js';
import type { Catalog } from '../../src/catalog/catalog.js';

const shown = ['framework', 'database', 'cache', 'auth'] as const;

/** Files and lines of each value of some axes: of its neutral layer and of its cells. */
export function sizesTable(templates: string, catalog: Catalog): string {
  const rows = shown.flatMap((axis) =>
    catalog.values(axis).map(({ name }) => {
      const { folder } = axes.find((entry) => entry.name === axis)!;
      const folders = catalog.layers
        .map(({ id }) => id)
        .filter((id) => id.endsWith(`${folder}/${name}`))
        .sort();
      const parts = folders.map((id) => `\`${id}\` ${filesBelow(path.join(templates, id)).length}`);
      const files = folders.flatMap((id) => filesBelow(path.join(templates, id)));
      return `| ${axis} | ${name} | ${files.length} | ${lines(files)} | ${parts.join(', ')} |`;
    }),
  );
  return ['| axis | value | files | lines | files by layer |', '|---|---|---|---|---|', ...rows].join('\n');
}

function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

function lines(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + fs.readFileSync(file, 'utf8').split('\n').length - 1, 0);
}
