import { createForm } from '../answers/request.js';
import type { Axis } from '../catalog/axes.js';
import type { Catalog } from '../catalog/catalog.js';
import type { CommandForm, Flag } from '../cli/flags.js';
import { table } from '../cli/table.js';
import { typeForms } from '../resources/grammar.js';
import { addForm } from './add.js';
import { archiveForm } from './archive.js';
import { checkForm } from './check.js';
import { completionForm } from './completion.js';
import { exerciseForm } from './exercise.js';
import { listForm } from './list.js';
import { planForm } from './plan.js';
import { resourceForm } from './resource.js';
import { updateForm } from './update.js';
import { verifyForm } from './verify.js';
import { workshopForm } from './workshop.js';

/** The form of every command, in the order of the help. */
export const forms: readonly CommandForm[] = [
  createForm,
  addForm,
  resourceForm,
  updateForm,
  checkForm,
  listForm,
  planForm,
  verifyForm,
  workshopForm,
  archiveForm,
  exerciseForm,
  completionForm,
];

const headings: Record<string, string> = {
  choices: 'Choices (the first is the default)',
  project: 'Project',
  workload: 'Load (sizes pools, limits, timeouts, instances and alerts; also options of plan)',
  run: 'Run',
  change: 'Change a project (add, resource, update)',
  list: 'List',
  plan: 'Plan',
  verify: 'Verify',
  workshop: 'Workshop',
};

/** The text of `--help`. Made at build time, so that showing it needs nothing else. */
export function helpText(catalog: Catalog): string {
  return `Creates a complete API project that is ready to scale.

Usage
${table(forms.map(({ name, argument, about }) => [usage(name, argument), about]))}

${groups(catalog).join('\n\n')}

Everywhere
${table([['--help'], ['--version']])}

Examples
  create-scalable-api shop
  create-scalable-api shop --yes
  create-scalable-api shop --preset minimal
  create-scalable-api shop --yes --resource "order: total:decimal, status:enum(pending|paid)+, note:text?"
  create-scalable-api verify shop --html report.html
  create-scalable-api workshop shop --yes

Types of fields: ${typeForms.slice(0, 6).join(' ')}
  ${typeForms.slice(6).join(' ')}; type[max] is a list
Marks: ? nullable  ! unique  + indexed and filterable  =value default

Exit codes: 0 success, 1 failure or a failed check, 2 invalid usage, 3 something is left for you (update, add,
resource, check), 130 cancelled
`;
}

/** The values that a flag can have, where they are known; the default first. */
export function valuesOf(catalog: Catalog, { valuesOf: source }: Flag): string[] {
  if (source === undefined) return [];
  const values = source === 'preset' ? catalog.presets : catalog.values(source as Axis);
  return values.map(({ name }) => name);
}

/** Each group of flags with its heading, once, though several commands may have it. */
function groups(catalog: Catalog): string[] {
  const flags = new Map(
    forms.flatMap(({ flags }) => Object.entries(flags)).map((entry) => [keyOf(entry), entry]),
  );
  return Object.entries(headings).map(([group, heading]) => {
    const rows = [...flags.values()]
      .filter(([, flag]) => flag.group === group && isChoice(catalog, flag))
      .map(([name, flag]) => [
        flag.value === undefined ? `--${name}` : `--${name} ${flag.value}`,
        flag.about ?? valuesOf(catalog, flag).join(', '),
      ]);
    return `${heading}\n${table(rows)}`;
  });
}

/** Whether a flag gives a choice: an axis with one value does not. */
function isChoice(catalog: Catalog, flag: Flag): boolean {
  return valuesOf(catalog, flag).length !== 1;
}

function keyOf([name, { group }]: [string, Flag]): string {
  return `${group} ${name}`;
}

function usage(name: string, argument = ''): string {
  const options = name === '' ? '[options]' : '';
  return ['create-scalable-api', name, argument, options].filter((part) => part !== '').join(' ');
}
