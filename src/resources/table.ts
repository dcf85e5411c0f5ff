import type { Field } from './field.js';
import type { ResourceChange } from './history.js';

/** A column of the table of a resource; it differs from the field of now while a change is not finished. */
export interface Column extends Field {
  /** The column that it replaces; until the change is finished, both are kept equal. */
  replaces?: string | undefined;
  /** Whether the code has no such field any more. */
  retired?: true;
}

/**
 * The columns after a change. Instances that run the code before it go on: what they need stays until the change is finished.
 * @param before the columns before it
 * @param fields of the spec after it
 */
export function columnsAfter(
  before: readonly Column[],
  fields: readonly Field[],
  change: ResourceChange,
): Column[] {
  if (change.contracted) return [...fields];
  const sources = new Map(Object.entries(change.renamed ?? {}).map(([from, to]) => [to, from]));
  const known = new Map(before.filter(({ retired }) => !retired).map((column) => [column.name, column]));
  const kept = fields.map((field): Column => {
    const source = known.get(sources.get(field.name) ?? '');
    if (source) return { ...withoutDefault(field), replaces: source.column };
    const column = known.get(field.name);
    if (column?.replaces) return { ...withoutDefault(field), replaces: column.replaces };
    // Old instances may leave it to the database.
    const { hasDefault, default: value } = column ?? field;
    return field.hasDefault || !hasDefault ? field : { ...field, hasDefault, default: value };
  });
  const names = new Set(fields.map(({ name }) => name));
  const replaced = new Set(kept.map(({ replaces }) => replaces));
  const gone = before
    .filter(({ name, retired }) => retired || !names.has(name))
    .map((column): Column => {
      if (column.retired) return column;
      const retired = { ...column, nullable: true, retired: true } as const;
      // The key of the new column is the one that errors name.
      return replaced.has(column.column)
        ? { ...withoutDefault(retired), retired: true, unique: false, refers: undefined }
        : retired;
    });
  return [...kept, ...gone];
}

function withoutDefault<Kept extends Field>({ default: _, ...field }: Kept) {
  return { ...field, hasDefault: false };
}

/** Whether a change of the table is not finished. */
export function isPending(column: Column, fields: readonly Field[]): boolean {
  const field = fields.find(({ name }) => name === column.name);
  return !field || column.replaces !== undefined || column.hasDefault !== field.hasDefault;
}

/** Whether both describe the same table. */
export function isSameTable(before: readonly Column[], after: readonly Column[]): boolean {
  return JSON.stringify(before.map(facts).sort()) === JSON.stringify(after.map(facts).sort());
}

/** Whether the columns of both take values of the same length. */
export function isSameSize(before: readonly Column[], after: readonly Column[]): boolean {
  return JSON.stringify(before.map(size).sort()) === JSON.stringify(after.map(size).sort());
}

function size({ column, form, max, precision, scale }: Column) {
  return JSON.stringify([column, form, max, precision, scale]);
}

function facts({
  column,
  nullable,
  unique,
  indexed,
  check,
  default: value,
  replaces,
  refers,
  onDelete,
}: Column) {
  return JSON.stringify([column, nullable, unique, indexed, check, value, replaces, refers?.table, onDelete]);
}
