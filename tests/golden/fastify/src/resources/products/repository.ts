import { sql } from 'kysely';
import type { CallContext } from '../../context.js';
import type { Database, Transaction } from '../../database/database.js';
import { identifier, time } from '../../database/dialect.js';
import { comesAfter, db, matches, sortKeys, stored } from '../../database/queries.js';
import type { Position } from '../../http/cursor.js';
import type { ListRequest } from '../../http/list-query.js';
import * as model from './model.js';

/** The columns to read for the fields that a caller asks for; all without. */
function columns(asked: readonly string[] | undefined) {
  return asked ? model.fields.filter((name) => asked.includes(name)) : model.fields;
}

/** The statements of products. Every one is a single round trip. */
export const repository = {
  /** @param asked the fields to read; all without */
  async find(database: Database, id: string, context: CallContext, fresh: boolean, asked?: string[]) {
    const query = db.selectFrom('products').select(columns(asked)).where('id', '=', identifier(id));
    const [row] = await database.read(query, context, fresh);
    return row;
  },

  /** One row more than the limit, if there is a limit: it shows that there is a next page. */
  page(
    database: Database,
    { sort, descending, filters, limit, ...request }: ListRequest,
    after: Position | undefined,
    context: CallContext,
    fresh: boolean,
  ) {
    const asked = request.fields && [...request.fields, ...sortKeys(sort)];
    let query = db
      .selectFrom('products')
      .select(columns(asked))
      .limit(limit + 1);
    for (const filter of filters) query = query.where(matches(model.types, filter));
    if (after) query = query.where(comesAfter(model.types, after, sort, descending));
    for (const key of sortKeys(sort)) query = query.orderBy(sql.ref(key), descending ? 'desc' : 'asc');
    return database.read(query, context, fresh);
  },

  async insert(transaction: Transaction, row: model.Product): Promise<model.Product> {
    const query = db.insertInto('products').values(stored(model.types, row)).returning(model.fields);
    const [inserted = row] = await transaction.query(query);
    return inserted;
  },

  /** @returns undefined when there is no such row, or not in that version */
  async update(
    transaction: Transaction,
    id: string,
    changes: Partial<model.ProductInput>,
    updatedAt: string,
    version: number | null,
  ): Promise<model.Product | undefined> {
    const query = db
      .updateTable('products')
      .set({ ...stored(model.types, changes), updatedAt: time(updatedAt) })
      .set((eb) => ({ version: eb('version', '+', 1) }))
      .where((eb) => eb.and({ id: identifier(id), ...(version === null ? {} : { version }) }))
      .returning(model.fields);
    const [row] = await transaction.query(query);
    return row;
  },

  /** @returns false when there is no such row, or not in that version */
  async remove(transaction: Transaction, id: string, version: number | null): Promise<boolean> {
    const query = db
      .deleteFrom('products')
      .where((eb) => eb.and({ id: identifier(id), ...(version === null ? {} : { version }) }))
      .returning('id');
    return (await transaction.query(query)).length > 0;
  },

  async version(transaction: Transaction, id: string): Promise<number | undefined> {
    const query = db.selectFrom('products').select('version').where('id', '=', identifier(id));
    const [row] = await transaction.query(query);
    return row?.version;
  },
};
