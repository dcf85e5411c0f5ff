import { hash } from 'node:crypto';
import type { Node } from '../documents/node.js';
import { plainValue } from '../documents/write-json.js';
import { constraintNames } from '../resources/clashes.js';
import { longestName } from '../resources/names.js';

/** What helpers ask of a field. */
interface TypedField {
  type: string;
  form: string;
  item?: TypedField;
}

/** What helpers ask of a column. */
interface StoredColumn extends TypedField {
  column: string;
  nullable: boolean;
  hasDefault: boolean;
  default?: unknown;
  unique: boolean;
  within?: string;
  refers?: { table: string };
  onDelete: string;
  check: string;
}

interface StoredOperation {
  table: string;
  column?: StoredColumn;
  before?: StoredColumn[];
  after?: StoredColumn[];
}

/** The Handlebars helpers of all templates; layers bring those of a language. None depends on a choice. */
export const helpers = {
  /** `{{indent 4 text}}`: each line but empty ones moved right. */
  indent(spaces: number, text: string): string {
    return text.replace(/^(?=.)/gm, ' '.repeat(spaces)).trimEnd();
  },

  /** `{{json value}}`: JSON on one line. */
  json(value: unknown): string {
    if (value === undefined) throw new Error('json was given a value that is not there');
    return JSON.stringify(value);
  },

  /** `{{helper (data slots.name)}}`: the values of a document slot. */
  data(document: Node): unknown {
    return plainValue(document, false);
  },

  /** `{{#each (having resources "includes")}}`: the items that have something there. */
  having(list: readonly Record<string, unknown[]>[], key: string): unknown[] {
    return list.filter((item) => item[key]!.length > 0);
  },

  /** `{{#if (some resources "owned")}}`: whether an item has that. */
  some(list: readonly Record<string, unknown>[], key: string): boolean {
    return list.some((item) => item[key]);
  },

  /** `{{join list ", "}}` */
  join(list: readonly unknown[], separator: string): string {
    return list.join(separator);
  },

  /** `{{sql value}}`: a literal of standard SQL. */
  sql(value: unknown): string {
    if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return `'${text.replaceAll("'", "''")}'`;
  },

  /**
   * `{{indexName table column}}`: the name of an index, which databases keep together with those of tables and constraints.
   * No table and no constraint has two underscores in a row.
   */
  indexName(table: string, column: string): string {
    const name = `${table}__${column}`;
    if (name.length <= longestName) return name;
    const digest = hash('sha256', name).slice(0, 8);
    return `${name.slice(0, longestName - digest.length - 2)}__${digest}`;
  },

  /** `{{unreserved name list}}`: the name, with an underscore behind it where the language keeps it for itself. */
  unreserved(name: string, reserved: readonly string[]): string {
    return reserved.includes(name) ? `${name}_` : name;
  },

  /** `{{filled "Literal{values}" field}}`: a text with each name in braces replaced by that value, as JSON. */
  filled(text: string, value: object): string {
    return text.replace(/\{([\w.-]+)\}/g, (_, path: string) => {
      const found = path
        .split('.')
        .reduce<unknown>((from, key) => (from as Record<string, unknown> | undefined)?.[key], value);
      if (found === undefined) throw new Error(`no "${path}" to fill into "${text}"`);
      return Array.isArray(found)
        ? `[${found.map((entry) => JSON.stringify(entry)).join(', ')}]`
        : JSON.stringify(found);
    });
  },

  /** `{{typeOf table field}}`: the type of a field in a table by form, filled as `filled` does; `{item}` is that of a list's items. */
  typeOf(table: Record<string, unknown>, field: TypedField): string {
    const text = String(helpers.pick(table, field.form));
    const { item } = field;
    return helpers.filled(item ? text.replace('{item}', () => helpers.typeOf(table, item)) : text, field);
  },

  /** `{{definition types column}}`: a column as a new table has it, in standard SQL. */
  definition(types: Record<string, unknown>, column: StoredColumn): string {
    const { nullable, hasDefault, default: value, unique, within, check } = column;
    return [
      `"${column.column}" ${helpers.typeOf(types, column)}`,
      nullable ? '' : ' not null',
      hasDefault ? ` default ${helpers.sql(value)}` : '',
      unique && !within ? ' unique' : '',
      referenceOf(column),
      check ? ` check (${check})` : '',
    ].join('');
  },

  /** `{{constraintName table column "key"}}`: the name of a constraint of a column by its kind. */
  constraintName(table: string, column: string, kind: keyof ReturnType<typeof constraintNames>): string {
    return constraintNames(table, column)[kind];
  },

  /** `{{keyOf column}}`: the columns of its unique key: values are unique among all rows, or among those of one owner or tenant. */
  keyOf({ column, within }: Pick<StoredColumn, 'column' | 'within'>): string {
    return (within ? [within, column] : [column]).map((name) => `"${name}"`).join(', ');
  },

  /**
   * `{{#each (statements (inSql types operations))}}`: the steps of a migration, of which each column has its type, its
   * default, its reference, its definition, its key and the names of its index and its constraints.
   */
  inSql(types: Record<string, unknown>, operations: readonly StoredOperation[]): unknown[] {
    return operations.map(({ table, column, before = [], after = [], ...operation }) => {
      const described = (each: StoredColumn) => ({
        ...each,
        sqlType: helpers.typeOf(types, each),
        sqlDefault: each.hasDefault ? helpers.sql(each.default) : '',
        definition: helpers.definition(types, each),
        reference: referenceOf(each),
        key: helpers.keyOf(each),
        index: helpers.indexName(table, each.column),
        constraints: constraintNames(table, each.column),
      });
      return {
        ...operation,
        table,
        timeIndex: helpers.indexName(table, 'created_at'),
        column: column && described(column),
        before: before.map(described),
        after: after.map(described),
      };
    });
  },

  /**
   * `{{formatted (asStored types fields bodies) "const bodies = "}}`: values as a database gives them back: a decimal of a type
   * with a scale, such as `decimal(10,2)`, has all digits behind the point.
   */
  asStored(
    types: Record<string, unknown>,
    fields: readonly (TypedField & { name: string })[],
    bodies: readonly Record<string, unknown>[],
  ): Record<string, unknown>[] {
    const scales = fields.flatMap((field): [string, number][] => {
      const [, scale] = /^decimal\(\d+, ?(\d+)\)$/.exec(helpers.typeOf(types, field)) ?? [];
      return scale === undefined ? [] : [[field.name, Number(scale)]];
    });
    const padded = (value: unknown, scale: number) => {
      const [whole, fraction = ''] = String(value).split('.');
      return scale === 0 ? whole : `${whole}.${fraction.padEnd(scale, '0')}`;
    };
    return bodies.map((body) => ({
      ...body,
      ...Object.fromEntries(
        scales.flatMap(([name, scale]) =>
          typeof body[name] === 'string' ? [[name, padded(body[name], scale)]] : [],
        ),
      ),
    }));
  },

  /** `{{#if (uses resources "json money")}}`: whether a field, or the items of one, has one of these types or forms. */
  uses(resources: readonly { fields: readonly TypedField[] }[], names: string): boolean {
    const wanted = names.split(' ');
    const isWanted = ({ type, form }: TypedField) => wanted.includes(type) || wanted.includes(form);
    return resources.some(({ fields }) =>
      fields.some((field) => isWanted(field) || (field.item !== undefined && isWanted(field.item))),
    );
  },

  /** `{{version image}}`: the version that the tag of an image says. */
  version(image: string): string {
    return /:v?([^@]+)/.exec(image)![1]!;
  },

  /** `{{seconds milliseconds}}` */
  seconds(milliseconds: number): number {
    return milliseconds / 1000;
  },

  /** `{{pick table key}}`: like lookup, but a missing key is an error. */
  pick(table: Record<string, unknown>, key: string): unknown {
    if (!Object.hasOwn(table, key)) throw new Error(`no "${key}" among ${Object.keys(table).join(', ')}`);
    return table[key];
  },
};

function referenceOf({ refers, onDelete }: StoredColumn): string {
  return refers ? ` references "${refers.table}" ("id")${onDelete ? ` on delete ${onDelete}` : ''}` : '';
}
