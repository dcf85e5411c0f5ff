import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../../src/database/migrate.js';

let project: string;

beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), 'migrations-'));
  mkdirSync(path.join(project, 'migrations'));
});

afterEach(() => rmSync(project, { recursive: true }));

function run(script: string, name = '0001_parts'): Promise<string[]> {
  writeFileSync(path.join(project, `migrations/${name}.sql`), script);
  return migrate(`file:${project}/app.db`, pathToFileURL(`${project}/`));
}

const parts = `-- Parts; with "quotes' in a comment.
create table "parts" ("id" integer primary key, "name" text default 'a;b');
/* A trigger;
   has statements of its own. */
create trigger "named" after insert on "parts" begin
  update "parts" set "name" = 'it''s; new' where "id" = new."id";
  select 1;
end;
`;

test('an error names the file and the line, and leaves nothing of the file', async () => {
  const wrong = `${parts}\n-- Wrong.\ninsert into "none" values (1);\ninsert into "parts" values (1, 'b');\n`;
  await expect(run(wrong)).rejects.toThrow('migrations/0001_parts.sql, line 11: no such table: none');
  expect(await run(parts)).toEqual(['0001_parts.sql']);
  expect(await run(parts)).toEqual([]);
});

test('a schema that a newer version has migrated stays as it is', async () => {
  await run(parts);
  const newer = 'alter table "parts" add column "colour" text;';
  expect(await run(newer, '0002_colour')).toEqual(['0002_colour.sql']);
  const file = path.join(project, 'migrations/0002_colour.sql');
  renameSync(file, `${file}.newer`);
  expect(await run(parts)).toEqual([]);
  renameSync(`${file}.newer`, file);
  expect(await run(parts)).toEqual([]);
});

test('a file without a transaction is run without one', async () => {
  await expect(run('vacuum;')).rejects.toThrow('migrations/0001_parts.sql, line 1: cannot VACUUM');
  expect(await run('-- no-transaction\nvacuum;\n')).toEqual(['0001_parts.sql']);
});

test('a table can be copied and dropped without the rows that refer to it; they must refer to rows in the end', async () => {
  const wheels = 'create table "wheels" ("part" integer references "parts" ("id") on delete cascade);';
  await run(`${parts}${wheels}insert into "parts" values (1, 'a');insert into "wheels" values (1);`);
  const copied = `create table "new" ("id" integer primary key);
insert into "new" select "id" from "parts";
drop table "parts";
alter table "new" rename to "parts";
`;
  await run(`${copied}insert into "wheels" select "id" from "parts";`, '0002_copied');
  await expect(run('delete from "parts";', '0003_lost')).rejects.toThrow(
    'a row of wheels refers to one that parts does not have',
  );
});
