import { type Problem, UserError } from '../cli/errors.js';
import { constraintClashes, numberClashes, repeated, resourceClashes } from './clashes.js';
import { type Field, instant, parseField } from './field.js';
import { resourceMarks } from './grammar.js';
import { currentSpec, type GivenResource, numberAfter, padded, type ResourceHistory } from './history.js';
import { type Names, nameProblem, namesOf, type Reserved } from './names.js';
import {
  type Filter,
  filtersOf,
  type Include,
  includesOf,
  type Nested,
  nestedOf,
  rangeOf,
} from './queries.js';
import { placeOf, type Sample, sampled } from './samples.js';
import { type Column, columnsAfter, isSameSize, isSameTable } from './table.js';

/** A resource as the templates see it. */
export interface Resource extends Names {
  /** The spec in canonical form. */
  spec: string;
  history: ResourceHistory;
  /** Whether each row belongs to the caller who made it. */
  owned: boolean;
  /** Whether each row belongs to the tenant of the caller who made it. */
  tenant: boolean;
  /** Whether callers see some rows only: those of their own, or of their tenant. */
  guarded: boolean;
  /** Whether every caller sees all rows: the opposite, for documents. */
  shared: boolean;
  /** Whether what a caller may do goes by roles, as it does unless rows belong to callers. */
  byRole: boolean;
  /** The column that says whose a row is; null where rows are everybody's. */
  keeper: Pick<Field, 'name' | 'column'> | null;
  /** Whose its sample rows are: no account's, so that only administrators see them; or those of the tenant of development. */
  sampleOwner: string;
  /** Of its first migration: "0101", "0102", … */
  number: string;
  /** The id of the migration before that; null where it is not one of a resource. */
  previous: string | null;
  /** As it was made. */
  made: { fields: Field[]; indexed: Field[]; keys: Field[] };
  /** How its table was changed since. */
  changes: TableChange[];
  /** Columns that the code does not have any more. */
  retired: string[];
  /** Orders its seeds after those of referenced resources: the number, or a higher one. */
  seedNumber: string;
  fields: Field[];
  /** Fields with an index. */
  indexed: Field[];
  /** What lists can be filtered by. */
  filters: Filter[];
  /** Fields that lists can be sorted by, besides createdAt. */
  sorts: Field[];
  /** Fields that point to another resource. */
  refs: Field[];
  /** Those of them to rows that not every caller sees, and to rows that belong to callers. */
  guardedRefs: Field[];
  ownedRefs: Field[];
  /** Those of them with a list below the resource that they point to. */
  nested: Nested[];
  /** What answers can include, and the names of it as a regular expression: `customer|product`. */
  includes: Include[];
  includeNames: string;
  /** The references, for tests. */
  references: Record<string, unknown>[];
  /** Other resources that it includes rows of, and those with a list of it below, in the order of their folders. */
  parents: Names[];
  nestedParents: Names[];
  /** References to it whose rows change when it is deleted. */
  released: Release[];
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
  /** Whether only one row may refer to another by one of the references. */
  uniqueRefs: boolean;
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

/** A reference whose rows are deleted, or lose it, with what it points to. */
export interface Release {
  table: string;
  path: string;
  field: string;
  /** Whether its rows are deleted; otherwise they lose the reference. */
  deletes: boolean;
  /** Whether its rows belong to tenants. */
  tenant: boolean;
}

/** A change of a table. */
export interface TableChange {
  /** Of its last migration. */
  number: string;
  /** The id of the migration before. */
  previous: string | null;
  before: Column[];
  after: Column[];
}

const named = /^\s*([^:(]+?)\s*(?:\(([^:)]*)\))?\s*:\s*(.+)$/su;
const form = 'name: field:type, field:type';
export type ResourceMark = keyof typeof resourceMarks;
const markNames = Object.keys(resourceMarks) as ResourceMark[];
const sampleOwner = '00000000-0000-0000-0000-000000000000';
/** The column that says whose a row is. It is no field: no request sets it, and no response has it. */
const keepers: Readonly<Record<ResourceMark, Field>> = {
  owned: parseField('ownerId:string(1,255)+') as Field,
  tenant: parseField('tenantId:string(1,255)+') as Field,
};
/** Why no field has the name of that column. */
const keeperReasons = { owned: 'is the owner of a row', tenant: 'is the tenant of a row' };
const example =
  'create-scalable-api shop --resource "order: total:decimal, status:enum(pending|paid), note:text?"';

/**
 * Reads resource specs such as `order: customerId:uuid, total:decimal, note:text?`. Specs without a history are new: they get the
 * next numbers, in the order in which they refer to each other.
 * @param reserved names that are not free
 * @returns the resources, each after those it refers to
 * @throws UserError with everything that is wrong in any of them
 */
export function parseResources(given: readonly GivenResource[], reserved: Reserved): Resource[] {
  const problems: Problem[] = [];
  const parsed = given.flatMap((entry): Parsed[] => {
    const spec = currentSpec(entry);
    const [, name, mark, list] = named.exec(spec) ?? [];
    if (!name || !list?.trim()) {
      problems.push({ given: `resource "${spec}"`, possible: `write it as "${form}"`, command: example });
      return [];
    }
    const known = markNamed(mark);
    if (mark !== undefined && !known)
      problems.push({
        given: `resource "${name}(${mark})"`,
        possible: `the marks of a resource are ${markNames.map((each) => `(${each}): ${resourceMarks[each]}`).join('; ')}`,
        command: example,
      });
    if (typeof entry !== 'string' && markOf(entry.spec) !== known)
      problems.push(markChanged(name, known ?? markOf(entry.spec)!));
    const reason = nameProblem(name, reserved);
    if (reason) {
      problems.push({ given: `resource name "${name}"`, possible: reason, command: example });
      return [];
    }
    const kept = known
      ? { ...reserved.fields, [keepers[known].name]: keeperReasons[known] }
      : reserved.fields;
    const fields = split(list).map((text) => parseField(text, kept, name));
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
    const history = typeof entry === 'string' ? {} : { history: entry };
    return [{ names: namesOf(name), mark: known, fields: within(good, known), ...history }];
  });
  const clashes = resourceClashes(parsed.map(({ names }) => names));
  problems.push(...clashes.map((clash) => ({ ...clash, command: example })));
  const tables = new Map(parsed.map((entry) => [entry.names.singular, entry]));
  for (const { names, mark, fields } of parsed) {
    for (const field of fields.filter(({ type }) => type === 'ref')) {
      const target = tables.get(namesOf(field.target!).singular);
      if (target) {
        const { mark: other } = target;
        field.refers = { ...target.names, fields: target.fields, ...seenBy(other) };
        if (other && mark !== other)
          problems.push({
            given: `resource "${names.singular}", field "${field.name}"`,
            possible: `refers to "${target.names.singular}", whose rows are for their ${other === 'owned' ? 'owners' : 'tenants'} alone; write ${names.singular}(${other}): …`,
            command: `create-scalable-api shop --resource "${target.names.singular}(${other}): name:string" --resource "${names.singular}(${other}): ${field.spec}"`,
          });
        if (mark === 'tenant' && !other && field.onDelete !== '')
          problems.push({
            given: `resource "${names.singular}", field "${field.name}"`,
            possible: `refers to "${target.names.singular}", whose rows all tenants share: one tenant that deletes such a row would change rows of the others; leave out what happens to them`,
            command: `create-scalable-api shop --resource "${target.names.singular}: name:string" --resource "${names.singular}(tenant): ${field.name}:ref(${field.target})"`,
          });
        if (target.names === names && !field.nullable)
          problems.push({
            given: `resource "${names.singular}", field "${field.name}"`,
            possible: `refers to its own resource, whose first row could refer to none; write ${field.spec.replace(/(?=[!+]*$)/, '?')}`,
            command: `create-scalable-api shop --resource "${names.singular}: ${field.spec.replace(/(?=[!+]*$)/, '?')}"`,
          });
        // Extensions of the schema: a client can create what it refers to, and knows what a deletion of that does.
        const rule = { '': 'restrict', cascade: 'cascade', 'set null': 'null' }[field.onDelete];
        const extensions = { 'x-references': `/v1/${target.names.path}`, 'x-on-delete': rule };
        field.schema = { ...field.schema, ...extensions };
        field.inputSchema = { ...field.inputSchema, ...extensions };
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
  for (const { names, fields } of parsed)
    if (fields.some(({ refers }) => refers) && fields.some(({ name }) => name === 'included'))
      problems.push({
        given: `resource "${names.singular}", field "included"`,
        possible: 'is where answers have what `include` adds; choose another name',
        command: example,
      });
  problems.push(...numberClashes(given));
  if (problems.length > 0) throw new UserError(problems);
  const ordered = numbered(afterTheirReferences(parsed), numberAfter(given));
  const places = new Map(ordered.map(({ names, history }) => [names.table, placeOf(history.number)]));
  const built = ordered.map(({ fields, history }) => tableOf(fields, history));
  const tablesOf = ordered.map(({ names }, index) => ({ ...names, columns: built[index]!.columns }));
  const before = tablesOf.filter((_, index) => given.includes(ordered[index]!.history));
  const taken = constraintClashes(before, tablesOf);
  if (taken.length > 0) throw new UserError(taken.map((clash) => ({ ...clash, command: example })));
  const numbers = built.flatMap(({ changes }, index) => [
    ordered[index]!.history.number,
    // Longer values are a change of the table in few databases: others have no such migration.
    ...changes.filter(({ before, after }) => !isSameTable(before, after)).map(({ migration }) => migration),
  ]);
  const idBefore = (number: number, after: string | undefined) => {
    const before = Math.max(0, ...numbers.filter((other) => other < number));
    return after ?? (before > 0 ? padded(before) : null);
  };
  return ordered.map(({ names, mark, fields, history, seedNumber }, index) => ({
    ...names,
    spec: canonical(names, mark, fields),
    history,
    ...seenBy(mark),
    shared: mark === undefined,
    byRole: mark !== 'owned',
    keeper: mark ? keepers[mark] : null,
    sampleOwner,
    number: padded(history.number),
    previous: idBefore(history.number, history.after),
    made: built[index]!.made,
    changes: built[index]!.changes.map(({ migration, follows, before, after }) => ({
      before,
      after,
      number: padded(migration),
      previous: idBefore(migration, follows),
    })),
    retired: built[index]!.columns.filter(({ retired }) => retired).map(({ column }) => column),
    seedNumber: padded(seedNumber),
    fields,
    indexed: fields.filter((field) => field.indexed),
    sorts: fields.filter((field) => field.indexed && field.sortable),
    ...queriesOf(names, fields),
    released: releasesOf(names, ordered),
    uniques: fields.filter((field) => field.unique),
    invalid: Object.fromEntries(fields.map((field) => [field.name, field.invalid])),
    hasDefaults: fields.some((field) => field.hasDefault),
    uniqueNames: fields.filter((field) => field.unique).map((field) => field.name),
    uniqueRefs: fields.some((field) => field.unique && field.type === 'ref'),
    required: fields.filter((field) => !field.nullable && !field.hasDefault).map(({ name }) => name),
    fieldNames: ['id', ...fields.map((field) => field.name), 'version', 'createdAt', 'updatedAt'].join('|'),
    ...sampled(fields, placeOf(history.number), places),
  }));
}

/** The table of a resource as it was made, and after each change of it. */
function tableOf(fields: readonly Field[], { spec, changes: given }: ResourceHistory) {
  const made = columnsIn(spec);
  let columns: Column[] = made;
  const changes = given.flatMap((change) => {
    const before = columns;
    columns = columnsAfter(before, columnsIn(change.to), change);
    const { migration, after } = change;
    return isSameTable(before, columns) && isSameSize(before, columns)
      ? []
      : [{ migration, follows: after, before, after: columns }];
  });
  for (const field of fields)
    field.columnDefault = columns.find(({ name, retired }) => name === field.name && !retired)?.default;
  const keys = made.filter(({ unique, within }) => unique && within);
  return { made: { fields: made, indexed: made.filter(({ indexed }) => indexed), keys }, changes, columns };
}

/** The columns of the table of a resource as they are now. */
export function columnsOf(history: ResourceHistory): Column[] {
  return tableOf([], history).columns;
}

/** The mark of a spec; undefined for one whose rows every caller sees. */
export function markOf(spec: string): ResourceMark | undefined {
  return markNamed(named.exec(spec)?.[2]);
}

function markNamed(text: string | undefined): ResourceMark | undefined {
  return markNames.find((mark) => mark === text?.trim());
}

/** Who sees the rows of a resource, as templates ask. */
function seenBy(mark: ResourceMark | undefined) {
  return { owned: mark === 'owned', tenant: mark === 'tenant', guarded: mark !== undefined };
}

/** Fields whose unique values are unique for each owner, or each tenant. */
function within(fields: readonly Field[], mark: ResourceMark | undefined): Field[] {
  return fields.map((field) => (mark ? { ...field, within: keepers[mark].column } : field));
}

/** Why a resource does not get the mark later, or lose it. */
export function markChanged(name: string, mark: ResourceMark): Problem {
  return {
    given: `the mark (${mark}) of resource "${name}"`,
    possible: `is for good: rows that exist would have no ${mark === 'owned' ? 'owner' : 'tenant'}, or be seen by everybody. Add another resource, and move the rows`,
    command: `create-scalable-api resource "own-${name}(${mark}): note:text"`,
  };
}

/** The columns of a spec: its fields, after the owner or the tenant of a row where it has one. */
export function columnsIn(spec: string): Field[] {
  const mark = markOf(spec);
  return mark ? [keepers[mark], ...fieldsIn(spec)] : fieldsIn(spec);
}

/** The fields of a spec that was judged when it was given. */
export function fieldsIn(spec: string): Field[] {
  const [, name = '', , list = ''] = named.exec(spec) ?? [];
  const fields = split(list).map((text) => {
    const field = parseField(text, undefined, name);
    if ('problem' in field)
      throw new UserError([{ given: `resource "${name}", ${field.given}`, possible: field.problem }]);
    return field.target === '' ? field : { ...field, refers: { ...namesOf(field.target), fields: [] } };
  });
  return within(fields, markOf(spec));
}

/** A reference, for tests that make what it refers to. */
interface Referred {
  field: string;
  path: string;
  /** Unique fields of its target without references. */
  uniques: string[];
  /** Required unique references of its target: each needs a new row. */
  parents: Referred[];
  /** Nullable unique references of its target. */
  empty: string[];
}

function referenceOf({ name, refers }: Field): Referred {
  const unique = refers!.fields.filter((field) => field.unique);
  const references = unique.filter(({ type }) => type === 'ref');
  return {
    field: name,
    path: `/v1/${refers!.path}`,
    uniques: unique.filter((field) => !references.includes(field)).map((field) => field.name),
    parents: references.filter(({ nullable }) => !nullable).map(referenceOf),
    empty: references.filter(({ nullable }) => nullable).map((field) => field.name),
  };
}

function queriesOf(names: Names, fields: Field[]) {
  const refs = fields.filter((field) => field.type === 'ref');
  const filters = [...rangeOf(instant), ...fields.filter(({ indexed }) => indexed).flatMap(filtersOf)];
  const includes = includesOf(names, refs);
  const nested = nestedOf(names, refs, filters);
  const includeNames = includes.map(({ name }) => name).join('|');
  return {
    filters,
    refs,
    guardedRefs: refs.filter(({ refers }) => refers!.guarded),
    ownedRefs: refs.filter(({ refers }) => refers!.owned),
    nested,
    includes,
    includeNames,
    references: includes.map(({ name, field }) => ({
      ...referenceOf(field),
      onDelete: field.onDelete,
      include: name,
      nested: nested.some((list) => list.field === field),
    })),
    parents: foldersOf(includes),
    nestedParents: foldersOf(nested),
  };
}

/** The other resources that references point to, in the order in which a formatter sorts imports. */
function foldersOf(refs: { field: Field; self: boolean }[]): Names[] {
  const others = refs
    .filter(({ self }) => !self)
    .map(({ field }) => [field.refers!.path, field.refers!] as const);
  return [...new Map(others)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, names]) => names);
}

function releasesOf({ table }: Names, all: Parsed[]): Release[] {
  return all.flatMap(({ names, mark, fields }) =>
    fields
      .filter(({ refers, onDelete }) => refers?.table === table && onDelete !== '')
      .map(({ name, onDelete }) => ({
        table: names.table,
        path: names.path,
        field: name,
        deletes: onDelete === 'cascade',
        tenant: mark === 'tenant',
      })),
  );
}

/** Splits at commas, or other separators, that are not in parentheses, brackets or quotes. */
export function split(list: string, separator = /,/): string[] {
  const parts = [''];
  let depth = 0;
  let quoted = false;
  for (const character of list) {
    if (character === "'") quoted = !quoted;
    if (!quoted && '([{'.includes(character)) depth += 1;
    if (!quoted && ')]}'.includes(character)) depth -= 1;
    if (separator.test(character) && !quoted && depth <= 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((text) => text.trim()).filter((text) => text !== '');
}

type Parsed = { names: Names; mark: ResourceMark | undefined; fields: Field[]; history?: ResourceHistory };

/** Gives new resources a history, with numbers from `next` on. */
function numbered(ordered: readonly Parsed[], next: number) {
  let number = next;
  let seedNumber = 0;
  return ordered.map(({ names, mark, fields, history: known }) => {
    const spec = canonical(names, mark, fields);
    const history = known ?? { name: names.singular, number: number++, spec, changes: [] };
    seedNumber = Math.max(history.number, seedNumber + 1);
    return { names, mark, fields, history, seedNumber };
  });
}

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

/** The spec that reads as the same resource again: of `item_1`, the camel case would be another name. */
function canonical(
  { singular, snake, table }: Names,
  mark: ResourceMark | undefined,
  fields: Field[],
): string {
  const name = namesOf(singular).table === table ? singular : snake;
  return `${name}${mark ? `(${mark})` : ''}: ${fields.map((field) => field.spec).join(', ')}`;
}
