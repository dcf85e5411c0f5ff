import type { Resource } from './resource.js';
import { type Column, isSameTable } from './table.js';

/** How a database changes a table: `online` beside requests, in several migrations; `rebuild` by a copy of the table. */
export type TableChanges = 'online' | 'rebuild';

/** A step of a migration; the layer of a database has its SQL. */
export type Operation =
  | ColumnOperation
  | { does: 'rebuild'; table: string; before: Column[]; after: Column[] };

export interface ColumnOperation {
  does: keyof typeof opposites;
  table: string;
  column: Column;
  /** The column before it. */
  old?: Column;
}

/** What takes each step back. */
const opposites = {
  add: ['drop'],
  drop: ['restore'],
  restore: [],
  nullable: [],
  'not-null': ['nullable'],
  resize: [],
  default: ['default'],
  check: ['drop-check'],
  'drop-check': ['check'],
  'validate-check': [],
  reference: ['drop-reference'],
  'drop-reference': ['reference'],
  'validate-reference': [],
  present: ['drop-present'],
  'drop-present': ['present'],
  'validate-present': [],
  mirror: ['drop-mirror'],
  'drop-mirror': ['mirror', 'refill'],
  copy: [],
  refill: [],
  index: ['drop-index'],
  'drop-index': ['index'],
  'unique-index': ['drop-unique'],
  unique: [],
  'drop-unique': ['restore-unique'],
  'restore-unique': [],
} as const satisfies Record<string, readonly string[]>;

/** A migration of a change of a resource. */
export interface Migration {
  /** `0104`, or `0104_01` when others of the same change follow it. */
  id: string;
  /** The id of the one before; null for the first of all resources. */
  previous: string | null;
  /** Of its file, without extension. */
  name: string;
  about: string;
  transaction: boolean;
  operations: Operation[];
  /** What takes it back. */
  reverse: Operation[];
}

type Step = Pick<Migration, 'about' | 'transaction' | 'operations'>;

/**
 * The migrations of all changes of resources, as the database wants them.
 * @param typeOf the database's type of a column
 */
export function migrationsOf(
  resources: readonly Resource[],
  tableChanges: TableChanges,
  typeOf: (column: Column) => string,
): Migration[] {
  const plan = { online, rebuild: rebuilt }[tableChanges];
  return resources.flatMap(({ table, changes }) =>
    changes.flatMap(({ number, previous, before, after }) => {
      const steps = plan(table, before, after, typeOf).filter(({ operations }) => operations.length > 0);
      const ids = steps.map((_, index) =>
        index === steps.length - 1 ? number : `${number}_${String(index + 1).padStart(2, '0')}`,
      );
      return steps.map((step, index) => ({
        ...step,
        id: ids[index]!,
        previous: ids[index - 1] ?? previous,
        name: `${ids[index]}_${table}`,
        reverse: step.operations.flatMap(reversed).reverse(),
      }));
    }),
  );
}

function reversed(operation: Operation): Operation[] {
  if (operation.does === 'rebuild') {
    const { before, after } = operation;
    const restored = before.map((column): Column => {
      const successor =
        after.find(({ replaces }) => replaces === column.column) ??
        before.find(({ replaces }) => replaces === column.column);
      const now = after.find((each) => each.column === column.column);
      // Rows can have what the table allows now.
      const allowed =
        now && !successor ? { nullable: now.nullable || column.nullable, check: now.check } : {};
      return { ...column, ...allowed, replaces: successor?.column };
    });
    const copied = after.filter(
      ({ column }) => !restored.some(({ column: name, replaces }) => name === column && replaces),
    );
    return [{ ...operation, before: copied, after: restored }];
  }
  const { column, old = column } = operation;
  return opposites[operation.does]
    .map((does) => ({ ...operation, does, column: old, old: column }))
    .reverse();
}

/** Each lock is held for a moment; rows are read without one, so that requests go on. */
function online(
  table: string,
  before: readonly Column[],
  after: readonly Column[],
  typeOf: (column: Column) => string,
): Step[] {
  const pairs = pairsOf(before, after);
  const added = pairs.flatMap(({ old, column }) => (old || !column ? [] : [column]));
  const dropped = pairs.flatMap(({ old, column }) => (column || !old ? [] : [old]));
  const both = pairs.flatMap(({ old, column }) => (old && column ? [{ old, column }] : []));
  const filled = added.filter(({ replaces }) => replaces);
  const required = filled.filter(({ nullable }) => !nullable);
  const sources = filled.map(({ replaces }) => before.find(({ column }) => column === replaces)!);
  const others = both.filter(({ old }) => !sources.includes(old));
  const checked = pairs.flatMap(({ old, column }) =>
    column?.check && column.check !== old?.check ? [column] : [],
  );
  const referring = pairs.flatMap(({ old, column }) =>
    column?.refers && ruleOf(column) !== ruleOf(old) ? [column] : [],
  );
  const made = (key: 'indexed' | 'unique') =>
    pairs.flatMap(({ old, column }) => (column?.[key] && !old?.[key] ? [column] : []));
  const of = (does: ColumnOperation['does'], columns: readonly Column[]): ColumnOperation[] =>
    columns.map((column) => ({ does, table, column }));
  const ofPairs = (
    does: ColumnOperation['does'],
    wanted: (pair: { old: Column; column: Column }) => boolean,
  ) =>
    others.filter(wanted).map(
      ({ old, column }): ColumnOperation => ({
        does,
        table,
        column: /^drop/.test(does) ? old : column,
        old,
      }),
    );
  const alone = (about: string, operations: ColumnOperation[]): Step[] =>
    operations.map((operation) => ({
      about: about.replace('$', operation.column.column),
      transaction: false,
      operations: [operation],
    }));
  return [
    {
      about:
        dropped.length > 0
          ? 'No instance needs the columns any more.'
          : 'Instances with the code before it go on.',
      transaction: true,
      operations: [
        ...of(
          'drop-mirror',
          both.filter(({ old, column }) => old.replaces && !column.replaces).map(({ old }) => old),
        ),
        ...of('drop', dropped),
        ...of(
          'add',
          added.map((column) => (column.replaces ? { ...column, nullable: true } : column)),
        ),
        ...both
          .filter(({ old, column }) => !old.nullable && column.nullable)
          .flatMap(({ column }) => of('nullable', [column])),
        ...ofPairs('resize', ({ old, column }) => typeOf(old) !== typeOf(column)),
        ...both
          .filter(({ old, column }) => JSON.stringify(old.default) !== JSON.stringify(column.default))
          .map(({ old, column }): ColumnOperation => ({ does: 'default', table, column, old })),
        ...ofPairs('drop-check', ({ old, column }) => old.check !== '' && old.check !== column.check),
        ...ofPairs(
          'drop-reference',
          ({ old, column }) => ruleOf(old) !== '' && ruleOf(old) !== ruleOf(column),
        ),
        ...ofPairs('drop-unique', ({ old, column }) => old.unique && !column.unique),
        ...of('check', checked),
        ...of('reference', referring),
        ...of('present', required),
        ...of('mirror', filled),
      ],
    },
    ...alone('Fills the column $, some thousand rows at a time.', of('copy', filled)),
    {
      about: 'Checks the rows that were there before.',
      transaction: true,
      operations: [
        ...of('validate-check', checked),
        ...of('validate-reference', referring),
        ...required.flatMap((column) =>
          (['validate-present', 'not-null', 'drop-present'] as const).flatMap((does) => of(does, [column])),
        ),
        ...of(
          'drop-reference',
          sources.filter(({ refers }) => refers),
        ),
      ],
    },
    ...alone(
      'Lists by $ need no index any more.',
      ofPairs('drop-index', ({ old, column }) => old.indexed && !column.indexed),
    ),
    ...alone('For lists by $.', of('index', made('indexed'))),
    ...alone('Fails when rows have the same $.', of('unique-index', made('unique'))),
    {
      about: 'The index of unique values becomes a constraint.',
      transaction: true,
      operations: [
        ...of('unique', made('unique')),
        ...of(
          'drop-unique',
          sources.filter(({ unique }) => unique),
        ),
      ],
    },
  ];
}

/** New columns are added; for anything else, the table is copied. */
function rebuilt(table: string, before: readonly Column[], after: readonly Column[]): Step[] {
  const added = pairsOf(before, after).flatMap(({ old, column }) => (old || !column ? [] : [column]));
  if (isSameTable(before, after)) return [];
  const addsOnly =
    isSameTable(
      before,
      after.filter((column) => !added.includes(column)),
    ) && added.every(({ unique, replaces, refers }) => !unique && !replaces && !refers);
  const indexed = added.filter((column) => column.indexed);
  const operations: Operation[] = addsOnly
    ? [
        ...added.map((column): Operation => ({ does: 'add', table, column })),
        ...indexed.map((column): Operation => ({ does: 'index', table, column })),
      ]
    : [{ does: 'rebuild', table, before: [...before], after: [...after] }];
  return [{ about: 'Rows keep their values.', transaction: true, operations }];
}

function pairsOf(before: readonly Column[], after: readonly Column[]) {
  const names = new Set([...after, ...before].map(({ column }) => column));
  const find = (columns: readonly Column[], name: string) => columns.find(({ column }) => column === name);
  return [...names].map((name) => ({ old: find(before, name), column: find(after, name) }));
}

function ruleOf(column: Column | undefined): string {
  return column?.refers ? `${column.refers.table} ${column.onDelete}` : '';
}
