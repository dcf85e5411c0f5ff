import { camel, keptProblem, type Names, pascal, spellingProblem, words } from './names.js';

export type DeleteAction = '' | 'cascade' | 'set null';

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
  nullable: boolean;
  unique: boolean;
  /** Has an index; lists can be filtered by it. */
  indexed: boolean;
  /** Lists can be sorted by it when it is indexed. */
  sortable: boolean;
  /** Quoted in JSON and SQL. */
  quoted: boolean;
  /** JSON Schema of the value. */
  schema: Record<string, unknown>;
  /** The same for a filter in the query, which is never null. */
  filterSchema: Record<string, unknown>;
  /** Longest value in characters, for column types that want to know. */
  max: number;
  /** Values of an enum, else empty. */
  values: string[];
  /** Name of the resource that a ref was given with, else empty. */
  target: string;
  /** What becomes of a ref when what it points to is deleted, in SQL; empty where that is refused. */
  onDelete: DeleteAction;
  /** The resource that a ref points to. */
  refers?: Names & { uniqueNames: string[] };
  /** Three valid values, different from each other where the type has as many. */
  examples: unknown[];
  /** A value of the right JSON type or not that the schema refuses. */
  invalid: unknown;
}

const uuids = [1, 2, 3].map((row) => `01900000-0000-7000-9000-00000000000${row}`);
const text = (minLength: number, maxLength: number) => ({
  type: 'string',
  minLength,
  maxLength,
  pattern: '^[^\\u0000]*$',
});
const numbers = [1, 2, 3];

/** The field types: JSON Schema, three examples, an invalid value, and whether they can be sorted. */
const types = {
  string: { schema: text(0, 255), examples: numbers, invalid: 5, sortable: true },
  text: {
    schema: text(0, 10_000),
    examples: ['First note', 'Second note', 'Third note'],
    invalid: 5,
    sortable: false,
  },
  integer: {
    schema: { type: 'integer', format: 'int32', minimum: -2147483648, maximum: 2147483647 },
    examples: [10, 20, 30],
    invalid: '5',
    sortable: true,
  },
  decimal: {
    schema: { type: 'string', maxLength: 20, pattern: '^-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,4})?$' },
    examples: ['9.99', '19.50', '120.00'],
    invalid: 9.99,
    sortable: false,
  },
  boolean: { schema: { type: 'boolean' }, examples: [true, false, true], invalid: 'true', sortable: false },
  enum: { schema: { type: 'string' }, examples: numbers, invalid: 'not-one-of-them', sortable: true },
  uuid: {
    schema: { type: 'string', format: 'uuid', maxLength: 36 },
    examples: uuids,
    invalid: 'no-uuid',
    sortable: true,
  },
  date: {
    schema: { type: 'string', format: 'date', maxLength: 10, pattern: '^[12][0-9]{3}-' },
    examples: ['2026-01-15', '2026-02-15', '2026-03-15'],
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
    examples: ['2026-01-15T08:30:00.000Z', '2026-02-15T08:30:00.000Z', '2026-03-15T08:30:00.000Z'],
    invalid: 'yesterday',
    sortable: true,
  },
  ref: {
    schema: { type: 'string', format: 'uuid', maxLength: 36 },
    examples: uuids,
    invalid: 'no-uuid',
    sortable: true,
  },
} satisfies Record<string, { schema: object; examples: unknown[]; invalid: unknown; sortable: boolean }>;

export type FieldType = keyof typeof types;

/** When a row was made: a field of every resource. */
export const instant = {
  name: 'createdAt',
  column: 'created_at',
  type: 'datetime' as const,
  schema: types.datetime.schema,
  filterSchema: types.datetime.schema,
  max: 0,
  values: [],
};

const possibleTypes =
  'string(min,max), text, integer, decimal, boolean, enum(a|b), uuid, date, datetime, ref(resource, restrict|cascade|null)';
const system = ['id', 'version', 'createdAt', 'updatedAt'];
const queryNames = ['limit', 'cursor', 'fields', 'sort', 'include'];

/**
 * Reads one field such as `status:enum(pending|paid)?`. Marks: `?` nullable, `!` unique, `+` indexed.
 * @param kept names that no field can have, with the reason
 * @returns the field, or its error
 */
export function parseField(
  given: string,
  kept?: Record<string, string>,
): Field | { given: string; problem: string } {
  const problem = (reason: string) => ({ given: `field "${given}"`, problem: reason });
  const [, rawName, rawType, parameters, marks] =
    /^([^:]+):\s*(\w+)\s*(?:\(([^)]*)\))?\s*([?!+]*)$/u.exec(given) ?? [];
  if (!rawName || !rawType)
    return problem(
      `write it as name:type; types are ${possibleTypes}; marks are ? nullable, ! unique, + indexed`,
    );
  const spelling = spellingProblem(rawName.trim());
  if (spelling) return problem(spelling);
  const parts = words(rawName.trim());
  const name = camel(parts);
  if (system.includes(name))
    return problem(`every resource has ${system.join(', ')} already; choose another name or leave it out`);
  const taken = keptProblem(name, kept);
  if (taken) return problem(taken);
  if (!Object.hasOwn(types, rawType)) return problem(`"${rawType}" is no type; types are ${possibleTypes}`);
  const type = rawType as FieldType;
  const { sortable, invalid } = types[type];
  const indexed = marks!.includes('+') || type === 'ref';
  if (indexed && queryNames.includes(name))
    return problem(
      `an indexed field becomes a query parameter, and "${name}" is one already; choose another name`,
    );
  if (indexed && type === 'text') return problem('a text has no index; use string(min,max)');
  if (marks!.includes('!') && ['text', 'boolean', 'enum'].includes(type))
    return problem(`a ${type} cannot be unique`);
  const detail = details(type, name, parameters);
  if (typeof detail === 'string') return problem(detail);
  const nullable = marks!.includes('?');
  if (detail.onDelete === 'set null' && !nullable)
    return problem(`only an optional field can become null; write ${name}:ref${detail.parameters}?`);
  const schema = detail.schema;
  return {
    name,
    // As query builders convert it back and forth: a digit begins no word.
    column: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    pascal: pascal(parts),
    spec: `${name}:${type}${detail.parameters}${nullable ? '?' : ''}${marks!.includes('!') ? '!' : ''}${marks!.includes('+') ? '+' : ''}`,
    type,
    nullable,
    unique: marks!.includes('!'),
    indexed,
    sortable: sortable && !nullable,
    quoted: !['integer', 'boolean'].includes(type),
    schema: nullable ? nullableSchema(schema) : schema,
    filterSchema: schema,
    max: detail.max,
    values: detail.values,
    target: detail.target,
    onDelete: detail.onDelete,
    examples: detail.examples,
    invalid,
  };
}

interface Details {
  schema: Record<string, unknown>;
  parameters: string;
  max: number;
  values: string[];
  target: string;
  onDelete: DeleteAction;
  examples: unknown[];
}

function details(type: FieldType, name: string, parameters: string | undefined): Details | string {
  const plain = {
    schema: types[type].schema,
    parameters: '',
    max: 0,
    values: [],
    target: '',
    onDelete: '' as const,
    examples: types[type].examples,
  };
  if (type === 'string') {
    const [min, max] =
      parameters === undefined
        ? [0, 255]
        : parameters.split(',').map((part) => (/^\s*\d{1,6}\s*$/.test(part) ? Number(part) : Number.NaN));
    if (min === undefined || max === undefined || !(min <= max) || max < 1 || max > 10_000)
      return 'write string(min,max) with 0 <= min <= max <= 10000';
    const label = words(name).join(' ');
    const examples = numbers.map((row) => `Sample ${label} ${row}`.slice(0, max).padEnd(min, '.'));
    // A very short string still needs three values that differ.
    const short = numbers.map((row) => String(row).padStart(Math.max(min, 1), '0'));
    return {
      ...plain,
      schema: text(min, max),
      parameters: parameters === undefined ? '' : `(${min},${max})`,
      max,
      examples: new Set(examples).size === 3 ? examples : short,
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
      examples: numbers.map((row) => values[row % values.length]),
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
