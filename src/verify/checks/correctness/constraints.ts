import { randomUUID } from 'node:crypto';
import { NotApplicable } from '../../contract/not-applicable.js';
import { expectThat } from '../../http/expectations.js';
import { columnOf, tableOf } from '../shared/tables.js';
import type { Collection } from './collection.js';

/** Fields that the server gives. */
const system = ['version', 'createdAt', 'updatedAt'];

/**
 * Other programs write to a database, too: a correction by hand, an import, the next version of the API.
 * @throws Mismatch when the database takes a value that the document does not have
 */
export async function expectConstraints(collection: Collection): Promise<void> {
  const { api, fields, resource } = collection;
  const { item } = await collection.create(await collection.plainBody());
  const table = tableOf(resource);
  const expectRefused = async (field: string, value: string | null) => {
    const column = `"${columnOf(field)}"`;
    const refused = await api.fleet.sql
      .setValue({ table, key: '"id"', id: String(item.id), column }, value)
      .then(
        () => false,
        (error: Error) => {
          if (error instanceof NotApplicable) throw error;
          return true;
        },
      );
    expectThat(refused, `an error of the database for ${value} in ${table}.${columnOf(field)}`, 'none');
  };
  const required = fields.filter((field) => field.required && !field.nullable).map(({ name }) => name);
  const given = system.filter((name) => resource.fields.includes(name));
  for (const name of [...given, ...required]) await expectRefused(name, null);
  for (const { name, kind } of fields) {
    if (kind === 'enum') await expectRefused(name, 'no such value');
    if (kind === 'reference') await expectRefused(name, randomUUID());
  }
}
