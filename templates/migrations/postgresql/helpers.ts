interface Column {
  column: string;
  sqlType: string;
  sqlDefault: string;
  definition: string;
  /** The columns of its unique key. */
  key: string;
  index: string;
  unique: boolean;
  /** The column with the owner or the tenant of a row, for each of which values are unique: the key is one of the table. */
  within?: string;
  nullable: boolean;
  indexed: boolean;
  check: string;
  /** The names of its constraints, by their kind. */
  constraints: Record<string, string>;
  /** ` references …` */
  reference: string;
  replaces?: string;
}

/** Rows of one transaction when a column is filled. */
const batch = 5000;

interface Operation {
  does: string;
  table: string;
  column: Column;
}

/** `{{#each (postgresqlStatements (inSql types operations))}}`: the statements of a migration. */
export function postgresqlStatements(operations: readonly Operation[]): string[] {
  return operations.flatMap(statementsOf);
}

function statementsOf({ does, table, column }: Operation): string[] {
  const name = (kind: string) => column.constraints[kind];
  const { column: own, replaces: source } = column;
  const alter = (action: string) => [`alter table "${table}" ${action}`];
  const set = (action: string) => alter(`alter column "${own}" ${action}`);
  const add = (kind: string, rule: string) => alter(`add constraint "${name(kind)}" ${rule}`);
  const drop = (kind: string) => alter(`drop constraint "${name(kind)}"`);
  const validate = (kind: string) => alter(`validate constraint "${name(kind)}"`);
  const index = (unique: string, of: string, columns: string) => [
    `create ${unique}index concurrently "${of}" on "${table}" (${columns})`,
  ];
  switch (does) {
    case 'add':
      return alter(
        `add column "${own}" ${column.sqlType}${column.nullable ? '' : ' not null'}${column.sqlDefault ? ` default ${column.sqlDefault}` : ''}`,
      );
    case 'drop':
      return alter(`drop column "${own}"`);
    case 'restore':
      return [
        ...alter(`add column ${column.definition.replace(' not null', '')}`),
        ...(column.indexed
          ? [`create index "${column.index}" on "${table}" ("${own}", "created_at", "id")`]
          : []),
        ...(column.unique && column.within ? add('key', `unique (${column.key})`) : []),
      ];
    case 'nullable':
      return set('drop not null');
    case 'not-null':
      return set('set not null');
    case 'default':
      return set(column.sqlDefault ? `set default ${column.sqlDefault}` : 'drop default');
    case 'check':
      return add('check', `check (${column.check}) not valid`);
    case 'drop-check':
      return drop('check');
    case 'validate-check':
      return validate('check');
    case 'reference':
      return add(
        'fkey',
        `foreign key ("${own}")${column.reference} not valid`,
      );
    case 'drop-reference':
      return drop('fkey');
    case 'validate-reference':
      return validate('fkey');
    case 'present':
      return add('present', `check ("${own}" is not null) not valid`);
    case 'drop-present':
      return drop('present');
    case 'validate-present':
      return validate('present');
    case 'mirror':
      return mirror(table, own, source!, name('mirror')!);
    case 'drop-mirror':
      return [`drop trigger "${name('mirror')}" on "${table}"`, `drop function "${name('mirror')}"()`];
    case 'copy':
      return ofAllTenants(table, column, copy(table, own, source!));
    case 'refill':
      return ofAllTenants(table, column, `update "${table}" set "${source}" = "${own}"`);
    case 'index':
      return index('', column.index, `"${own}", "created_at", "id"`);
    case 'drop-index':
      return [`drop index concurrently "${column.index}"`];
    case 'unique-index':
      return index('unique ', name('key')!, column.key);
    case 'unique':
      return add('key', `unique using index "${name('key')}"`);
    case 'drop-unique':
      return drop('key');
    case 'restore-unique':
      return add('key', `unique (${column.key})`);
    default:
      throw new Error(`no statement for "${does}"`);
  }
}

/** Where a policy keeps tenants apart, the owner of the table changes the rows of all: it is not held to the policy meanwhile. */
function ofAllTenants(table: string, { within }: Column, statement: string): string[] {
  if (within !== 'tenant_id') return [statement];
  const force = (no: string) => `alter table "${table}" ${no}force row level security`;
  return [force('no '), statement, force('')];
}

/** Old instances write one column, new instances the other. Of a new row, `old` is null. */
function mirror(table: string, column: string, source: string, name: string): string[] {
  return [
    `create function "${name}"() returns trigger language plpgsql as $$
begin
  if new."${column}" is distinct from old."${column}" then
    new."${source}" := new."${column}";
  else
    new."${column}" := new."${source}";
  end if;
  return new;
end $$`,
    `create trigger "${name}" before insert or update on "${table}" for each row execute function "${name}"()`,
  ];
}

function copy(table: string, column: string, source: string): string {
  return `do $$
declare
  first_id uuid := '00000000-0000-0000-0000-000000000000';
  last_id uuid;
begin
  loop
    select "id" into last_id from (
      select "id" from "${table}" where "id" >= first_id order by "id" limit ${batch}
    ) as batch order by "id" desc limit 1;
    exit when last_id is null;
    update "${table}" set "${column}" = "${source}"
      where "id" between first_id and last_id and "${column}" is distinct from "${source}";
    commit;
    exit when last_id = first_id;
    first_id := last_id;
  end loop;
end $$`;
}
