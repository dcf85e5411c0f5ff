import { type Problem, UserError } from '../cli/errors.js';
import { repeated, resourceClashes } from './clashes.js';
import { type Field, parseField } from './field.js';
import { type Names, nameProblem, namesOf, type Reserved } from './names.js';
import { type Sample, sampled } from './samples.js';

/** A resource as the templates see it. */
export interface Resource extends Names {
  /** The spec in canonical form. */
  spec: string;
  /** Orders the migration after the migrations of referenced resources: "0101", "0102", … */
  number: string;
  fields: Field[];
  /** Fields that lists can be filtered by. */
  filters: Field[];
  /** Fields that lists can be sorted by, besides createdAt. */
  sorts: Field[];
  /** Fields that point to another resource. */
  refs: Field[];
  uniques: Field[];
  /** Names of the fields that a new one must have: not null, and without a default. */
  required: string[];
  /** All names, system fields too, as a regular expression: `id|name|price`. */
  fieldNames: string;
  /** Bodies of the samples, for tests. */
  bodies: Record<string, unknown>[];
  /** A value for each field that its schema refuses. */
  invalid: Record<string, unknown>;
  uniqueNames: string[];
  /** Whether a field has a default. */
  hasDefaults: boolean;
  /** One whole resource as the API answers it. */
  example: Record<string, unknown>;
  /** The body of a new one, which differs from the samples where it must. */
  newExample: Record<string, unknown>;
  /** The body of a change. */
  patchExample: Record<string, unknown>;
  /** The answer to a read of few fields. */
  selectionExample: Record<string, unknown>;
  /** Three valid bodies for seeds and tests, made without clock or random. */
  samples: Sample[];
}

const form = 'name: field:type, field:type';
const example =
  'create-scalable-api shop --resource "order: total:decimal, status:enum(pending|paid), note:text?"';

/**
 * Reads resource specs such as `order: customerId:uuid, total:decimal, note:text?`.
 * @param reserved names that are not free
 * @returns the resources, each after those it refers to
 * @throws UserError with everything that is wrong in any of them
 */
export function parseResources(specs: readonly string[], reserved: Reserved): Resource[] {
  const problems: Problem[] = [];
  const parsed = specs.flatMap((spec) => {
    const [, name, list] = /^\s*([^:]+?)\s*:\s*(.+)$/su.exec(spec) ?? [];
    if (!name || !list?.trim()) {
      problems.push({ given: `resource "${spec}"`, possible: `write it as "${form}"`, command: example });
      return [];
    }
    const reason = nameProblem(name, reserved);
    if (reason) {
      problems.push({ given: `resource name "${name}"`, possible: reason, command: example });
      return [];
    }
    const fields = split(list).map((text) => parseField(text, reserved.fields, name));
    for (const field of fields)
      if ('problem' in field)
        problems.push({
          given: `resource "${name}", ${field.given}`,
          possible: field.problem,
          command: example,
        });
    const good = fields.filter((field): field is Field => !('problem' in field));
    for (const twice of repeated(good.map((field) => field.name))) {
      problems.push({
        given: `resource "${name}"`,
        possible: `has two fields "${twice}"; give each its own name`,
        command: example,
      });
    }
    return [{ names: namesOf(name), fields: good }];
  });
  const clashes = resourceClashes(parsed.map(({ names }) => names));
  problems.push(...clashes.map((clash) => ({ ...clash, command: example })));
  const tables = new Map(parsed.map((entry) => [entry.names.singular, entry]));
  for (const { names, fields } of parsed) {
    for (const field of fields.filter(({ type }) => type === 'ref')) {
      const target = tables.get(namesOf(field.target!).singular);
      if (target) {
        field.refers = {
          table: target.names.table,
          path: target.names.path,
          plural: target.names.plural,
          pascal: target.names.pascal,
        };
        // An extension of the schema, so that a client can create the referenced item.
        field.schema = { ...field.schema, 'x-references': `/v1/${target.names.path}` };
      } else {
        const possible = [...tables.keys()].join(', ');
        problems.push({
          given: `resource "${names.singular}", field "${field.name}"`,
          possible: `refers to "${field.target}", which is not among the resources (${possible})`,
          command: example,
        });
      }
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  const ordered = afterTheirReferences(parsed);
  return ordered.map(({ names, fields }, index) => ({
    ...names,
    spec: canonical(names.singular, fields),
    number: String(101 + index).padStart(4, '0'),
    fields,
    filters: fields.filter((field) => field.indexed),
    sorts: fields.filter((field) => field.indexed && field.sortable),
    refs: fields.filter((field) => field.type === 'ref'),
    uniques: fields.filter((field) => field.unique),
    invalid: Object.fromEntries(fields.map((field) => [field.name, field.invalid])),
    hasDefaults: fields.some((field) => field.hasDefault),
    uniqueNames: fields.filter((field) => field.unique).map((field) => field.name),
    required: fields.filter((field) => !field.nullable && !field.hasDefault).map(({ name }) => name),
    fieldNames: ['id', ...fields.map((field) => field.name), 'version', 'createdAt', 'updatedAt'].join('|'),
    ...sampled(fields, index, new Map(ordered.map((entry, place) => [entry.names.table, place]))),
  }));
}

/** Splits at commas that are not in parentheses, brackets or quotes. */
function split(list: string): string[] {
  const parts = [''];
  let depth = 0;
  let quoted = false;
  for (const character of list) {
    if (character === "'") quoted = !quoted;
    if (!quoted && '([{'.includes(character)) depth += 1;
    if (!quoted && ')]}'.includes(character)) depth -= 1;
    if (character === ',' && !quoted && depth <= 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((text) => text.trim()).filter((text) => text !== '');
}

type Parsed = { names: Names; fields: Field[] };

function afterTheirReferences(parsed: Parsed[]): Parsed[] {
  const done: Parsed[] = [];
  const open = [...parsed];
  while (open.length > 0) {
    const ready = open.findIndex((entry) =>
      entry.fields.every(
        ({ refers }) =>
          !refers ||
          refers.table === entry.names.table ||
          done.some(({ names }) => names.table === refers.table),
      ),
    );
    if (ready < 0) {
      const names = open.map((entry) => entry.names.singular).join(', ');
      throw new UserError([
        {
          given: `resources ${names}`,
          possible: 'refer to each other in a circle; drop one of the references',
        },
      ]);
    }
    done.push(...open.splice(ready, 1));
  }
  return done;
}

function canonical(name: string, fields: Field[]): string {
  return `${name}: ${fields.map((field) => field.spec).join(', ')}`;
}
