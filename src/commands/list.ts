import { problems } from '../answers/judge.js';
import { layersFlag } from '../answers/request.js';
import { type Axis, axes, axisNames, flagOf } from '../catalog/axes.js';
import type { Catalog } from '../catalog/catalog.js';
import { catalogFor } from '../catalog/catalog-for.js';
import { UserError } from '../cli/errors.js';
import { type CommandForm, parseFlags } from '../cli/flags.js';
import { print, report, surviveLostReader } from '../cli/output.js';
import { table } from '../cli/table.js';
import { fieldsText, marks, resourceMarks, typeForms } from '../resources/grammar.js';

export const listForm = {
  name: 'list',
  about: 'list the values of each option',
  flags: {
    layers: { ...layersFlag, group: 'list' },
    json: { group: 'list', about: 'print one JSON document' },
  },
  example: 'create-scalable-api list',
} as const satisfies CommandForm;

/** `create-scalable-api list`. @returns the exit code: 0 done, 2 the call was wrong */
export async function list(argv: readonly string[]): Promise<number> {
  surviveLostReader();
  const flags = parseFlags(listForm, argv);
  try {
    if (flags.problems.length > 0) throw new UserError(flags.problems);
    const layers = flags.all('layers').map((from) => ({ from }));
    const catalog = await catalogFor({ layers }, '.');
    if (flags.has('json'))
      print({
        axes: Object.fromEntries(
          axisNames.map((axis) => [
            axis,
            catalog
              .values(axis)
              .map((value) => ({ ...value, goesWith: goesWith(catalog, axis, value.name) })),
          ]),
        ),
        presets: catalog.presets,
        fields: { types: typeForms, marks },
        resources: {
          marks: Object.fromEntries(
            Object.entries(resourceMarks).map(([name, about]) => [`(${name})`, about]),
          ),
        },
      });
    else process.stdout.write(listText(catalog));
    return 0;
  } catch (error) {
    return report(error, flags.has('json'));
  }
}

/** The values of each axis and the presets, for a person. */
export function listText(catalog: Catalog): string {
  const rows = axes.flatMap(({ name, question }) => {
    const values = catalog.values(name);
    if (values.length === 1) return [];
    const lines = values.map((value) => {
      const about = [value.title, value.hint].filter((text) => text !== '').join(': ');
      return [`  ${value.name}`, [about, ...restrictions(catalog, name, value.name)].join('; ')];
    });
    return [`${flagOf(name)}: ${question}\n${table(lines)}`];
  });
  const presets = catalog.presets.map(({ name, hint, answers }) => [
    `  ${name}`,
    `${hint} (${Object.values(answers).join(', ')})`,
  ]);
  return `${rows.join('\n\n')}\n\npreset: Named sets of options\n${table(presets)}\n\n${fieldsText}\n`;
}

/** The values of each other axis that a value can be combined with. */
function goesWith(catalog: Catalog, axis: Axis, value: string): Record<string, string[]> {
  const others = axisNames.filter((other) => other !== axis);
  return Object.fromEntries(
    others.map((other) => {
      const names = catalog.values(other).map(({ name }) => name);
      return [
        other,
        names.filter((name) => problems(catalog, { [axis]: value, [other]: name }).length === 0),
      ];
    }),
  );
}

/** One phrase with the axes that have fewer values beside this one; none where all values are possible. */
function restrictions(catalog: Catalog, axis: Axis, value: string): string[] {
  const fewer = Object.entries(goesWith(catalog, axis, value)).filter(
    ([other, names]) => names.length < catalog.values(other as Axis).length,
  );
  if (fewer.length === 0) return [];
  return [`only with ${fewer.map(([other, names]) => `${flagOf(other)} ${names.join(' or ')}`).join(', ')}`];
}
