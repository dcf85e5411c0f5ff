interface Column {
  column: string;
  definition: string;
  /** ` references …` */
  reference: string;
  /** The columns of its unique key. */
  key: string;
  index: string;
  unique: boolean;
  /** The column with the owner or the tenant of a row, for each of which values are unique: the key is one of the table. */
  within?: string;
  indexed: boolean;
  replaces?: string;
}

interface Operation {
  does: string;
  table: string;
  timeIndex: string;
  column?: Column;
  before: Column[];
  after: Column[];
}

/** `{{#each (sqliteStatements (inSql types operations))}}`: the statements of a migration. */
export function sqliteStatements(operations: readonly Operation[]): string[] {
  return operations.flatMap(statementsOf);
}

function statementsOf({ does, table, timeIndex, column, before, after }: Operation): string[] {
  const index = (name: string, columns: string) => `create index "${name}" on "${table}" (${columns})`;
  const ofColumn = (of: Column) => index(of.index, `"${of.column}", "created_at", "id"`);
  if (does === 'add') return [`alter table "${table}" add column ${column!.definition}`];
  if (does === 'drop') return [`alter table "${table}" drop column "${column!.column}"`];
  if (does === 'index') return [ofColumn(column!)];
  if (does === 'drop-index') return [`drop index "${column!.index}"`];
  if (does !== 'rebuild') throw new Error(`no statement for "${does}"`);
  const had = new Set(before.map((old) => old.column));
  const copied = after
    .map((now) => ({ to: now.column, from: had.has(now.column) ? now.column : (now.replaces ?? '') }))
    .filter(({ from }) => had.has(from));
  const names = (key: 'from' | 'to') =>
    ['id', ...copied.map((pair) => pair[key]), 'version', 'created_at', 'updated_at']
      .map((name) => `"${name}"`)
      .join(', ');
  const references = after.flatMap(({ column: name, reference }) =>
    reference ? [`foreign key ("${name}")${reference}`] : [],
  );
  const keys = after.flatMap(({ unique, within, key }) => (unique && within ? [`unique (${key})`] : []));
  return [
    // The procedure for what "alter table" cannot do: https://www.sqlite.org/lang_altertable.html#otheralter
    `create table "${table}_new" (
  "id" text not null primary key,
${after.map(({ definition, reference }) => `  ${definition.replace(reference, '')},\n`).join('')}  "version" integer not null default 1,
  "created_at" text not null,
  "updated_at" text not null${[...keys, ...references].map((rule) => `,\n  ${rule}`).join('')}
)`,
    `insert into "${table}_new" (${names('to')})
select ${names('from')} from "${table}"`,
    `drop table "${table}"`,
    `alter table "${table}_new" rename to "${table}"`,
    index(timeIndex, '"created_at", "id"'),
    ...after.filter(({ indexed }) => indexed).map(ofColumn),
  ];
}
