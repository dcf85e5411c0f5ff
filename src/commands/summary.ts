import path from 'node:path';
import { manifestPath } from '../answers/manifest.js';
import type { Resolved } from '../answers/resolve.js';
import { axisNames, flagOf } from '../catalog/axes.js';
import type { Catalog } from '../catalog/catalog.js';
import { version } from '../cli/version.js';
import { render } from '../render/render.js';
import { currentSpec } from '../resources/history.js';

export const exampleResource = 'order: total:decimal, note:text?';

/** The project that is about to be created: its folder, the choices that there are, its sizes and its files. */
export function summaryText(catalog: Catalog, resolved: Resolved, directory: string): string {
  const { answers } = resolved;
  const files = render(resolved, version);
  const { instances } = JSON.parse(files.get(manifestPath)!.text).run;
  const rows = [
    ['folder', path.resolve(directory)],
    ...axisNames
      .filter((axis) => catalog.values(axis).length > 1)
      .map((axis) => [flagOf(axis), answers[axis]] as const),
    ...answers.resources.map((entry) => ['resource', currentSpec(entry)] as const),
    ['load', `${answers.load.peakRps} requests per second at the peak`],
    ['instances', `${Math.min(instances, resolved.plan.sizes.instances)}`],
    ['files', `${files.size}`],
  ] as const;
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
