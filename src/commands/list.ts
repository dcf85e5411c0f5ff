import { axes, axisNames, flagOf } from '../catalog/axes.js';
import type { Catalog } from '../catalog/catalog.js';
import { shippedCatalog } from '../catalog/shipped.js';
import { UserError } from '../cli/errors.js';
import { type CommandForm, parseFlags } from '../cli/flags.js';
import { print, report, surviveLostReader } from '../cli/output.js';
import { table } from '../cli/table.js';

export const listForm = {
  name: 'list',
  about: 'list the values of each option',
  flags: { json: { group: 'list', about: 'print one JSON document' } },
  example: 'create-scalable-api list',
} as const satisfies CommandForm;

/** `create-scalable-api list`. @returns the exit code: 0 done, 2 the call was wrong */
export async function list(argv: readonly string[]): Promise<number> {
  surviveLostReader();
  const flags = parseFlags(listForm, argv);
  try {
    if (flags.problems.length > 0) throw new UserError(flags.problems);
    const catalog = shippedCatalog();
    if (flags.has('json'))
      print({
        axes: Object.fromEntries(axisNames.map((axis) => [axis, catalog.values(axis)])),
        presets: catalog.presets,
      });
    else process.stdout.write(listText(catalog));
    return 0;
  } catch (error) {
    return report(error, flags.has('json'));
  }
}

/** The values of each axis and the presets, for a person. */
export function listText(catalog: Catalog): string {
  const rows = axes.map(({ name, question }) => {
    const values = catalog
      .values(name)
      .map((value) => [
        `  ${value.name}`,
        [value.title, value.hint].filter((text) => text !== '').join(': '),
      ]);
    return `${flagOf(name)}: ${question}\n${table(values)}`;
  });
  const presets = catalog.presets.map(({ name, hint, answers }) => [
    `  ${name}`,
    `${hint} (${Object.values(answers).join(', ')})`,
  ]);
  return `${rows.join('\n\n')}\n\npreset: Named sets of options\n${table(presets)}\n`;
}
