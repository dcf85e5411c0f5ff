interface Column {
  column: string;
  form: string;
  max: number;
  sqlType: string;
  /** The default as a literal of standard SQL, else empty. */
  sqlDefault: string;
  hasDefault: boolean;
  default?: unknown;
  /** The columns of its unique key, in standard SQL. */
  key: string;
  index: string;
  unique: boolean;
  nullable: boolean;
  indexed: boolean;
  check: string;
  /** The names of its constraints, by their kind. */
  constraints: Record<string, string>;
  /** ` references …` */
  reference: string;
  replaces?: string;
}

interface Operation {
  does: string;
  table: string;
  column: Column;
}

/** Values of identifiers and times are written in another way than in standard SQL. */
const identifiers = ['uuid', 'ref'];

/** Rows of one transaction when a column is filled. */
const batch = 5000;
/** Characters of a column that an index can hold, beside others. */
const longestKey = 500;

/** `{{#each (operationsOf table columns)}}`: columns as `inSql` takes them. */
export function operationsOf<Of>(table: string, columns: readonly Of[]): { does: string; table: string; column: Of }[] {
  return columns.map((column) => ({ does: 'add', table, column }));
}

/** `{{mysqlColumn column}}`: a column of a table, without the rules that MySQL ignores or does not name there. */
export function mysqlColumn(column: Column): string {
  const { nullable } = column;
  const value = defaultOf(column);
  return `\`${column.column}\` ${typeOf(column)}${nullable ? '' : ' not null'}${value && ` default ${value}`}`;
}

/** `{{#each (mysqlRules column)}}`: its constraints as those of a table: MySQL ignores references of a column. */
export function mysqlRules(column: Column): string[] {
  const { constraints, check, reference, unique } = column;
  return [
    ...(unique ? [`unique key \`${constraints.key}\` (${uniqueKeyOf(column)})`] : []),
    ...(reference ? [`constraint \`${constraints.fkey}\` ${foreignKey(column)}`] : []),
    ...(check ? [`constraint \`${constraints.check}\` check (${checkOf(column)})`] : []),
  ];
}

/** `{{mysqlValue value (sql value) type}}`: a value of a field as a literal, from the one of standard SQL. */
export function mysqlValue(value: unknown, literal: string, type: string): string {
  if (value === null) return literal;
  if (identifiers.includes(type)) return `uuid_to_bin(${literal})`;
  if (type === 'datetime') return `'${instantOf(value)}'`;
  return literal.replaceAll('\\', '\\\\');
}

/** `{{mysqlKey column}}`: the column in an index; of a long text its beginning. */
export function mysqlKey(column: Column): string {
  return `\`${column.column}\`${isLong(column) ? `(${longestKey})` : ''}`;
}

/** `{{#each (mysqlStatements (inSql types operations))}}`: the statements of a migration. */
export function mysqlStatements(operations: readonly Operation[]): string[] {
  return operations.flatMap(statementsOf);
}

function statementsOf({ does, table, column }: Operation): string[] {
  const name = (kind: string) => `\`${column.constraints[kind]}\``;
  const { column: own, replaces: source } = column;
  const alter = (action: string) => [`alter table \`${table}\` ${action}`];
  switch (does) {
    case 'add':
      return alter(`add column ${mysqlColumn(column)}`);
    case 'drop': {
      // An index would stay without the column, and be one of the others.
      const parts = [
        ...(column.reference ? [`drop foreign key ${name('fkey')}`] : []),
        ...(column.indexed ? [`drop index \`${column.index}\``] : []),
        ...(column.unique ? [`drop index ${name('key')}`] : []),
        `drop column \`${own}\``,
      ];
      return alter(parts.join(', '));
    }
    case 'restore':
      return [
        ...alter(`add column ${mysqlColumn({ ...column, nullable: true })}`),
        ...(column.indexed ? [index(table, column)] : []),
        ...mysqlRules(column).flatMap((rule) => alter(`add ${rule}`)),
      ];
    case 'resize':
    case 'nullable':
    case 'not-null':
      return alter(`modify column ${mysqlColumn(column)}`);
    case 'default':
      // Defaults of these are expressions, which are no part of `alter column`.
      if (isBlob(column)) return alter(`modify column ${mysqlColumn(column)}`);
      return alter(`alter column \`${own}\` ${defaultOf(column) ? `set default ${defaultOf(column)}` : 'drop default'}`);
    case 'check':
      return alter(`add constraint ${name('check')} check (${checkOf(column)})`);
    case 'drop-check':
      return alter(`drop check ${name('check')}`);
    case 'reference':
      return alter(`add constraint ${name('fkey')} ${foreignKey(column)}`);
    case 'drop-reference':
      return alter(`drop foreign key ${name('fkey')}`);
    // Rules hold for all rows from the start.
    case 'validate-check':
    case 'validate-reference':
    case 'present':
    case 'drop-present':
    case 'validate-present':
    case 'unique':
      return [];
    case 'mirror':
      return mirror(table, own, source!, column.constraints.mirror!);
    case 'drop-mirror':
      return ['insert', 'update'].map((event) => `drop trigger \`${triggerName(column.constraints.mirror!, event)}\``);
    case 'copy':
      return copy(table, own, source!);
    case 'refill':
      return [`update \`${table}\` set \`${source}\` = \`${own}\``];
    case 'index':
      return [index(table, column)];
    case 'drop-index':
      return alter(`drop index \`${column.index}\``);
    case 'unique-index':
    case 'restore-unique':
      return alter(`add unique key ${name('key')} (${uniqueKeyOf(column)})`);
    case 'drop-unique':
      return alter(`drop index ${name('key')}`);
    default:
      throw new Error(`no statement for "${does}"`);
  }
}

function index(table: string, column: Column): string {
  return `create index \`${column.index}\` on \`${table}\` (${mysqlKey(column)}, \`created_at\`, \`id\`)`;
}

function foreignKey({ column, reference }: Column): string {
  return `foreign key (\`${column}\`)${inBackticks(reference)}`;
}

function checkOf({ check }: Column): string {
  return inBackticks(check).replace(/cast\((`\w+`) as numeric\)/g, '$1');
}

/** A unique key of a long text is that of its hash: an index cannot hold the whole. */
function uniqueKeyOf(column: Column): string {
  const { key, column: own } = column;
  const name = `\`${own}\``;
  return isLong(column) ? inBackticks(key).replace(name, `(cast(sha2(${name}, 256) as char(64)))`) : inBackticks(key);
}

function isLong({ form, max }: Column): boolean {
  return form === 'string' && max > longestKey;
}

/** All columns of a row that are not `text` share 65,535 bytes: a long string is one. */
function typeOf(column: Column): string {
  return isLong(column) ? 'text' : column.sqlType;
}

/** Texts and JSON have no default but an expression. */
function defaultOf(column: Column): string {
  if (!column.hasDefault) return '';
  const { default: value, sqlDefault, sqlType } = column;
  if (sqlType === 'datetime(3)') return `'${instantOf(value)}'`;
  const literal = sqlDefault.replaceAll('\\', '\\\\');
  return isBlob(column) ? `(${literal})` : literal;
}

function isBlob(column: Column): boolean {
  return ['text', 'json'].includes(typeOf(column));
}

/** A time in UTC (ISO 8601) as MySQL reads it. */
function instantOf(iso: unknown): string {
  return String(iso).replace('T', ' ').replace('Z', '');
}

function inBackticks(standard: string): string {
  return standard.replaceAll('"', '`');
}

function triggerName(mirror: string, event: string): string {
  return `${mirror.slice(0, 57)}_${event}`;
}

/** Old instances write one column, new instances the other. */
function mirror(table: string, column: string, source: string, name: string): string[] {
  const body = (isChanged: string) => `for each row
begin
  if ${isChanged} then
    set new.\`${source}\` = new.\`${column}\`;
  else
    set new.\`${column}\` = new.\`${source}\`;
  end if;
end`;
  return [
    `create trigger \`${triggerName(name, 'insert')}\` before insert on \`${table}\` ${body(`new.\`${column}\` is not null`)}`,
    `create trigger \`${triggerName(name, 'update')}\` before update on \`${table}\` ${body(`not (new.\`${column}\` <=> old.\`${column}\`)`)}`,
  ];
}

/** Rows in the order of their ids, some thousand in each transaction. */
function copy(table: string, column: string, source: string): string[] {
  const procedure = `\`copy_${table}_${column}\``.slice(0, 65).replace(/`?$/, '`');
  return [
    `drop procedure if exists ${procedure}`,
    `create procedure ${procedure}()
begin
  declare first_id binary(16) default 0x00000000000000000000000000000000;
  declare last_id binary(16);
  batches: loop
    set last_id = (select max(\`id\`) from (
      select \`id\` from \`${table}\` where \`id\` >= first_id order by \`id\` limit ${batch}
    ) as batch);
    if last_id is null then leave batches; end if;
    update \`${table}\` set \`${column}\` = \`${source}\`
      where \`id\` between first_id and last_id and not (\`${column}\` <=> \`${source}\`);
    commit;
    if last_id = first_id then leave batches; end if;
    set first_id = last_id;
  end loop;
end`,
    `call ${procedure}()`,
    `drop procedure ${procedure}`,
  ];
}
