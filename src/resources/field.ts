import pluralize from 'pluralize';
import { nearest } from '../cli/nearest.js';
import { examplesOf } from './examples.js';
import { typeForms } from './grammar.js';
import { camel, keptProblem, type Names, pascal, spellingProblem, words } from './names.js';
import {
  type DeleteAction,
  type Details,
  decimalDetails,
  defaultOf,
  defaultText,
  integerDetails,
  itemProblem,
  listDetails,
  noNull,
  plainDigits,
  valueTypes,
} from './values.js';

/** By the word of the grammar. */
const deleteActions: Record<string, DeleteAction> = { restrict: '', cascade: 'cascade', null: 'set null' };

/** A field of a resource as the templates see it. */
export interface Field {
  /** JSON name, camelCase. */
  name: string;
  column: string;
  pascal: string;
  /** Canonical spec, e.g. `name:string(1,120)!`. */
  spec: string;
  type: FieldType;
  /** Its key in tables of types: the type, or one that says more, such as `range` of an integer. */
  form: string;
  /** Of a list: its items. */
  item?: Details & Pick<Field, 'type' | 'form'>;
  nullable: boolean;
  unique: boolean;
  /** The column with the owner or the tenant of a row, where there is one: values are unique for each of them. */
  within?: string;
  /** Has an index; lists can be filtered by it. */
  indexed: boolean;
  /** Lists can be sorted by it when it is indexed. */
  sortable: boolean;
  /** Quoted in JSON and SQL. */
  quoted: boolean;
  /** JSON Schema of the value. */
  schema: Record<string, unknown>;
  /** The same in a body that creates or replaces: with the default, and whether it is unique. */
  inputSchema: Record<string, unknown>;
  /** Value of a field that a body leaves out, where it has one. */
  default?: unknown;
  hasDefault: boolean;
  /** The default of its column, where that differs while a change is not finished. */
  columnDefault?: unknown;
  /** Bounds of a decimal that its pattern does not say. */
  bounds?: Details['bounds'];
  /** Condition of a check constraint, else empty. */
  check: string;
  /** JSON Schema of a filter in the query, which is never null. */
  filterSchema: Record<string, unknown>;
  /** Longest value in characters, for column types that want to know. */
  max: number;
  /** Digits of a decimal, and how many of them are behind its point; 0 for other types. */
  precision: number;
  scale: number;
  /** Values of an enum, else empty. */
  values: string[];
  /** Name of the resource that a ref was given with, else empty. */
  target: string;
  /** What becomes of a ref when what it points to is deleted, in SQL; empty where that is refused. */
  onDelete: DeleteAction;
  /** The resource that a ref points to. */
  refers?: Names & { fields: readonly Field[]; owned?: boolean; tenant?: boolean; guarded?: boolean };
  /** Four valid values, different from each other where the type has as many; see examples.ts. */
  examples: unknown[];
  /** A value of the right JSON type or not that the schema refuses. */
  invalid: unknown;
}

const uuids = [1, 2, 3, 4].map((row) => `01900000-0000-7000-9000-00000000000${row}`);
const text = (minLength: number, maxLength: number) => ({
  type: 'string',
  minLength,
  maxLength,
  pattern: noNull,
});

/** The field types: JSON Schema, examples for names that say nothing, an invalid value, and whether they can be sorted. */
const types = {
  string: { schema: text(0, 255), examples: [], invalid: 5, sortable: true },
  text: {
    schema: text(0, 10_000),
    examples: ['First note', 'Second note', 'Third note', 'Fourth note'],
    invalid: 5,
    sortable: false,
  },
  integer: {
    schema: { type: 'integer', format: 'int32', minimum: -2147483648, maximum: 2147483647 },
    examples: [10, 20, 30, 40],
    invalid: '5',
    sortable: true,
  },
  decimal: {
    schema: { type: 'string', maxLength: 21, pattern: '^-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,4})?$' },
    examples: ['9.99', '19.50', '120.00', '24.90'],
    invalid: 9.99,
    sortable: false,
  },
  boolean: {
    schema: { type: 'boolean' },
    examples: [true, false, true, false],
    invalid: 'true',
    sortable: false,
  },
  enum: { schema: { type: 'string' }, examples: [], invalid: 'not-one-of-them', sortable: true },
  uuid: {
    schema: { type: 'string', format: 'uuid', maxLength: 36 },
    examples: uuids,
    invalid: 'no-uuid',
    sortable: true,
  },
  date: {
    schema: { type: 'string', format: 'date', maxLength: 10, pattern: '^[12][0-9]{3}-' },
    examples: ['2026-01-15', '2026-02-15', '2026-03-15', '2026-04-15'],
    invalid: '2026-13-01',
    sortable: true,
  },
  datetime: {
    schema: {
      type: 'string',
      format: 'date-time',
      maxLength: 35,
      // Stricter than the format where readers of times differ: leap seconds, offsets without minutes.
      pattern: '^[12][0-9]{3}-.{5}T[0-9]{2}:[0-9]{2}:[0-5][0-9](\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$',
    },
    examples: ['01', '02', '03', '04'].map((month) => `2026-${month}-15T08:30:00.000Z`),
    invalid: 'yesterday',
    sortable: true,
  },
  ref: {
    schema: { type: 'string', format: 'uuid', maxLength: 36 },
    examples: uuids,
    invalid: 'no-uuid',
    sortable: true,
  },
  ...valueTypes,
} satisfies Record<string, { schema: object; examples: unknown[]; invalid: unknown; sortable: boolean }>;

export type FieldType = keyof typeof types;

/** When a row was made: a field of every resource. */
export const instant = {
  name: 'createdAt',
  column: 'created_at',
  type: 'datetime' as const,
  form: 'datetime',
  schema: types.datetime.schema,
  filterSchema: types.datetime.schema,
  max: 0,
  values: [],
};

const possibleTypes = `${typeForms.join(', ')}; type[max] is a list`;
const system = ['id', 'version', 'createdAt', 'updatedAt'];
const queryNames = ['limit', 'cursor', 'fields', 'sort', 'include'];

/**
 * Reads one field such as `status:enum(pending|paid)+=pending`. Marks: `?` nullable, `!` unique, of a list with different
 * items, `+` indexed.
 * @param kept names that no field can have, with the reason
 * @param resource name of the resource, for examples
 * @returns the field, or its error
 */
export function parseField(
  given: string,
  kept?: Record<string, string>,
  resource = '',
): Field | { given: string; problem: string } {
  const problem = (reason: string) => ({ given: `field "${given}"`, problem: reason });
  const [, rawName, rawType, parameters, counts, signs, initial] =
    /^([^:]+):\s*(\w+)\s*(?:\(([^)]*)\))?\s*(?:\[([^\]]*)\])?\s*([?!+]*)\s*(?:=\s*(.*))?$/su.exec(given) ??
    [];
  if (!rawName || !rawType)
    return problem(
      `write it as name:type; types are ${possibleTypes}; marks are ? nullable, ! unique, + indexed; then =default`,
    );
  const spelling = spellingProblem(rawName.trim());
  if (spelling) return problem(spelling);
  const parts = words(rawName.trim());
  const name = camel(parts);
  if (system.includes(name))
    return problem(`every resource has ${system.join(', ')} already; choose another name or leave it out`);
  const taken = keptProblem(name, kept);
  if (taken) return problem(taken);
  if (!Object.hasOwn(types, rawType)) {
    const near = nearest(rawType, Object.keys(types));
    return problem(
      `"${rawType}" is no type${near ? `; did you mean ${near}?` : ''}; types are ${possibleTypes}`,
    );
  }
  const type = rawType as FieldType;
  const unique = signs!.includes('!');
  const nullable = signs!.includes('?');
  const isList = counts !== undefined;
  const called = isList ? 'list' : type;
  const wrongItem = isList ? itemProblem(type) : undefined;
  if (wrongItem) return problem(wrongItem);
  const indexed = signs!.includes('+') || type === 'ref';
  if (indexed && queryNames.includes(name))
    return problem(
      `an indexed field becomes a query parameter, and "${name}" is one already; choose another name`,
    );
  if (indexed && called === 'text') return problem('a text has no index; use string(min,max)');
  if (indexed && ['json', 'list', 'money'].includes(called)) return problem(`a ${called} has no index`);
  if (unique && !isList && ['text', 'boolean', 'enum', 'json', 'money'].includes(type))
    return problem(`a ${type} cannot be unique`);
  const item = details(type, parameters, unique && !isList);
  if (typeof item !== 'string') {
    const place = { resource, name: isList ? pluralize.singular(name) : name, schema: item.schema };
    item.examples = examplesOf(place, item.examples);
  }
  const detail = isList && typeof item !== 'string' ? listDetails(item, counts, unique) : item;
  if (typeof detail === 'string') return problem(detail);
  if (detail.onDelete === 'set null' && !nullable)
    return problem(`only an optional field can become null; write ${name}:ref${detail.parameters}?`);
  const { schema, check = '', form = type, ...rest } = detail;
  if (initial !== undefined && (unique || ['ref', 'money', 'uuid'].includes(type)) && !isList)
    return problem(`a ${unique ? 'unique field' : type} has no default; leave out "=${initial}"`);
  const value = initial === undefined ? undefined : defaultOf(schema, initial.trim());
  if (initial !== undefined && value === undefined)
    return problem(
      `"${initial}" is no ${called}${detail.parameters} that the field takes; a default is such as ${name}:${type}${detail.parameters}=${defaultText(detail.examples[0])}`,
    );
  // As query builders convert it back and forth: a digit begins no word.
  const column = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const whole = nullable ? nullableSchema(schema) : schema;
  const shown = value === undefined ? '' : `=${defaultText(value)}`;
  return {
    ...rest,
    name,
    column,
    pascal: pascal(parts),
    spec: `${name}:${type}${detail.parameters}${nullable ? '?' : ''}${unique ? '!' : ''}${signs!.includes('+') ? '+' : ''}${shown}`,
    type,
    form,
    ...(isList && typeof item !== 'string' ? { item: { ...item, type, form: item.form ?? type } } : {}),
    nullable,
    unique: unique && !isList,
    indexed,
    sortable: types[type].sortable && !nullable && !isList,
    quoted: !['integer', 'boolean'].includes(type),
    schema: whole,
    inputSchema: {
      ...whole,
      ...(value === undefined ? {} : { default: value }),
      ...(unique && !isList ? { 'x-unique': true } : {}),
    },
    filterSchema: schema,
    ...(value === undefined ? {} : { default: value }),
    hasDefault: value !== undefined,
    check: check.replaceAll('$', `"${column}"`),
    invalid: isList ? 'no list' : types[type].invalid,
  };
}

function details(type: FieldType, parameters: string | undefined, unique: boolean): Details | string {
  const plain: Details = {
    schema: types[type].schema,
    parameters: '',
    max: 0,
    ...(type === 'decimal' ? plainDigits : { precision: 0, scale: 0 }),
    values: [],
    target: '',
    onDelete: '' as const,
    examples: types[type].examples,
  };
  if (type === 'integer' && parameters !== undefined) return integerDetails(plain, parameters, unique);
  if (type === 'decimal' && parameters !== undefined) return decimalDetails(plain, parameters, unique);
  if (type === 'string' || (type === 'text' && parameters !== undefined)) {
    const [min, max] =
      parameters === undefined
        ? [0, 255]
        : parameters.split(',').map((part) => (/^\s*\d{1,6}\s*$/.test(part) ? Number(part) : Number.NaN));
    if (min === undefined || max === undefined || !(min <= max) || max < 1 || max > 10_000)
      return `write ${type}(min,max) with 0 <= min <= max <= 10000`;
    return {
      ...plain,
      schema: text(min, max),
      form: 'string',
      parameters: parameters === undefined ? '' : `(${min},${max})`,
      max,
    };
  }
  if (type === 'enum') {
    const values = (parameters ?? '').split('|').map((value) => value.trim());
    if (
      !values.every((value) => /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/.test(value)) ||
      new Set(values).size < values.length
    ) {
      return 'write enum(a|b|c) with different values of letters, digits, - and _';
    }
    return {
      ...plain,
      schema: { type: 'string', enum: values },
      parameters: `(${values.join('|')})`,
      max: 40,
      values,
      check: `$ in (${values.map((value) => `'${value}'`).join(', ')})`,
    };
  }
  if (type === 'ref') {
    const [target = '', rule = 'restrict', ...others] = (parameters ?? '')
      .split(',')
      .map((part) => part.trim());
    if (spellingProblem(target) || !Object.hasOwn(deleteActions, rule) || others.length > 0)
      return 'write ref(resource) with the name of a resource of this project, or ref(resource, restrict|cascade|null)';
    const onDelete = deleteActions[rule]!;
    return { ...plain, parameters: onDelete ? `(${target},${rule})` : `(${target})`, target, onDelete };
  }
  return parameters === undefined ? plain : `${type} takes nothing in parentheses`;
}

function nullableSchema(schema: Record<string, unknown>): Record<string, unknown> {
  const values = schema.enum as string[] | undefined;
  return { ...schema, type: [schema.type, 'null'], ...(values ? { enum: [...values, null] } : {}) };
}
