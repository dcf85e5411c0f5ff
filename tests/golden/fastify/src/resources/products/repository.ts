import type { CallContext } from '../../context.js';
import type { Database, Transaction } from '../../database/database.js';
import { deleteById, insertInto, selectById, selectPage, updateById, valuesOf } from '../../database/sql.js';
import type { Position } from '../../http/cursor.js';
import type { ListRequest } from '../../http/list-query.js';
import type * as model from './model.js';
import { columns, inputColumns, table } from './model.js';

const allNames = Object.keys(columns);
const inputNames = Object.keys(inputColumns);
const find = selectById(table, columns);
const insert = insertInto(table, columns);
const remove = deleteById(table);

/** The statements of products. Every one is a single round trip. */
export const repository = {
  async find(
    database: Database,
    id: string,
    context: CallContext,
    fresh: boolean,
  ): Promise<model.Product | undefined> {
    const [row] = await database.read<model.Product>(find, [id], context, fresh);
    return row;
  },

  /** Reads just these fields, and the version. */
  async findFields(database: Database, id: string, fields: string[], context: CallContext, fresh: boolean) {
    const statement = selectById(table, columns, [...new Set([...fields, 'version'])]);
    const [row] = await database.read<model.Product>(statement, [id], context, fresh);
    return row;
  },

  /** One row more than the limit, where there is one: it tells that there is a next page. */
  page(
    database: Database,
    request: ListRequest,
    after: Position | undefined,
    context: CallContext,
    fresh: boolean,
  ) {
    const filters = request.filters.map(([name]) => name);
    const statement = selectPage(table, columns, {
      names: request.fields ?? allNames,
      sort: request.sort,
      descending: request.descending,
      filters,
      continued: after !== undefined,
    });
    const values = valuesOf(columns, filters, Object.fromEntries(request.filters));
    return database.read<model.Product>(
      statement,
      [request.limit + 1, ...values, ...(after ?? [])],
      context,
      fresh,
    );
  },

  async insert(transaction: Transaction, row: model.Product): Promise<model.Product> {
    const [stored] = await transaction.query<model.Product>(insert, valuesOf(columns, allNames, row));
    return stored as model.Product;
  },

  /** @returns undefined when there is no such row, or not in that version */
  async update(
    transaction: Transaction,
    id: string,
    changes: Partial<model.ProductInput>,
    time: string,
    version: number | null,
  ): Promise<model.Product | undefined> {
    const names = inputNames.filter((name) => name in changes);
    const values = [id, time, version, ...valuesOf(columns, names, changes)];
    const [row] = await transaction.query<model.Product>(updateById(table, columns, names), values);
    return row;
  },

  /** @returns false when there is no such row, or not in that version */
  async remove(transaction: Transaction, id: string, version: number | null): Promise<boolean> {
    const rows = await transaction.query(remove, [id, version]);
    return rows.length > 0;
  },

  async version(transaction: Transaction, id: string): Promise<number | undefined> {
    const [row] = await transaction.query<{ version: number }>(selectById(table, columns, ['version']), [id]);
    return row?.version;
  },
};
