import type { Field, FieldType } from './field.js';
import { type Names, words } from './names.js';

/** A query parameter that lists are filtered by. */
export interface Filter {
  /** `status`, `status[in]`, `createdAt[gte]` */
  name: string;
  /** Name of an attribute; no column has two underscores in a row. */
  attribute: string;
  type: FieldType;
  /** Whether it takes several values, separated by commas. */
  several: boolean;
  field: Filtered;
  about: string;
  /** JSON Schema of its value. */
  schema: Record<string, unknown>;
}

type Filtered = Pick<
  Field,
  'name' | 'column' | 'type' | 'form' | 'filterSchema' | 'max' | 'values' | 'schema'
>;

const ranged: readonly FieldType[] = ['integer', 'date', 'datetime'];
const listed: readonly FieldType[] = ['string', 'integer', 'enum', 'uuid', 'ref'];
/** Of an `[in]`. */
const mostValues = 20;

/** The filters of an indexed field: its value, a range where it has an order in every database, and one of some values. */
export function filtersOf(field: Filtered): Filter[] {
  const filters = [filterOf(field, '', 'Only those with this value.')];
  if (ranged.includes(field.type)) filters.push(...rangeOf(field));
  if (listed.includes(field.type))
    filters.push(filterOf(field, 'in', 'Only those with one of these values, separated by commas.'));
  return filters;
}

/** The range of a field, from the first value on and up to the other. */
export function rangeOf(field: Filtered): Filter[] {
  return [
    filterOf(field, 'gte', 'Only those with this value or a greater one.'),
    filterOf(field, 'lt', 'Only those with a smaller value.'),
  ];
}

function filterOf(field: Filtered, operator: '' | 'gte' | 'lt' | 'in', about: string): Filter {
  const several = operator === 'in';
  const { name, column, type, filterSchema } = field;
  return {
    name: operator === '' ? name : `${name}[${operator}]`,
    attribute: operator === '' ? column : `${column}__${operator}`,
    type,
    several,
    field,
    about,
    schema: several
      ? { type: 'array', minItems: 1, maxItems: mostValues, items: filterSchema }
      : filterSchema,
  };
}

/** A reference that answers can include. */
export interface Include {
  /** `customer` of `customerId` */
  name: string;
  /** Name of an attribute. */
  attribute: string;
  field: Field;
  /** Whether it leads to the resource itself. */
  self: boolean;
}

/** What answers can include: each reference, without the `Id` at its end where no other is called so. */
export function includesOf({ table }: Names, refs: readonly Field[]): Include[] {
  const short = (name: string) => name.replace(/(?<=.)Id$/, '');
  return refs.map((field) => {
    const taken = refs.some((other) => other !== field && short(other.name) === short(field.name));
    const name = taken ? field.name : short(field.name);
    return { name, attribute: words(name).join('_'), field, self: field.refers?.table === table };
  });
}

/** A list below the resource that a reference points to. */
export interface Nested {
  field: Field;
  self: boolean;
  /** Those of the list but for the ones of the field. */
  filters: Filter[];
}

/** The lists below other resources; of two references to one resource neither makes one. */
export function nestedOf({ table }: Names, refs: readonly Field[], filters: readonly Filter[]): Nested[] {
  const to = (field: Field) => field.refers!.table;
  return refs
    .filter((field) => refs.filter((other) => to(other) === to(field)).length === 1)
    .map((field) => ({
      field,
      self: to(field) === table,
      filters: filters.filter((filter) => filter.field !== field),
    }));
}
