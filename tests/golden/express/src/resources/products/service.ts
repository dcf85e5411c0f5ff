import { v7 as uuid } from 'uuid';
import type { Entry } from '../../cache/store.js';
import type { CallContext } from '../../context.js';
import { sortKeys } from '../../database/queries.js';
import { type Precondition, preconditionFailed } from '../../http/conditional.js';
import { type ListRequest, only, positionOf } from '../../http/list-query.js';
import { Problem } from '../../problem.js';
import type { UnitOfWork } from '../../writes.js';
import type { Dependencies } from '../dependencies.js';
import * as model from './model.js';
import { repository } from './repository.js';

const cacheKey = (id: string) => `products:${id.toLowerCase()}`;

/** What can be done with products. Knows nothing of HTTP but the problems it may answer. */
export function createProductService({ database, cache, contract, cursors, recentWrites }: Dependencies) {
  const toJson = contract.serializer<model.Product>('Product');
  const toEntry = (row: model.Product): Entry => ({
    version: row.version,
    body: toJson(row),
    storedAt: Date.now(),
  });

  /** Puts a committed row into the cache of every instance, and makes it the answer of this unit. */
  function stored(unit: UnitOfWork, row: model.Product): Entry {
    const entry = toEntry(row);
    unit.afterCommit(() => cache.replace(cacheKey(row.id), entry));
    return entry;
  }

  /** The version to hold the row to; null for any. */
  async function guard(
    unit: UnitOfWork,
    id: string,
    { allowed, excludes }: Precondition,
  ): Promise<number | null> {
    if (excludes) {
      const version = await repository.version(unit.transaction, id);
      if (version !== undefined && excludes(version)) throw preconditionFailed();
    }
    if (allowed === undefined) return null;
    const [single, ...others] = allowed;
    if (single !== undefined && others.length === 0) return single;
    const version = await repository.version(unit.transaction, id);
    if (version === undefined || !allowed.includes(version)) throw preconditionFailed();
    return version;
  }

  async function missing(unit: UnitOfWork, id: string): Promise<Problem> {
    const version = await repository.version(unit.transaction, id);
    return version === undefined ? new Problem('not-found') : preconditionFailed();
  }

  return {
    /** Reads through the cache. */
    find(id: string, context: CallContext) {
      const load = async () => {
        // From the primary: what a replica has not heard of yet would stay in the cache.
        const row = await repository.find(database, id, context, true);
        return row && toEntry(row);
      };
      return cache.read(cacheKey(id), load, context);
    },

    /** Reads just the fields asked for, from the database. */
    async findFields(id: string, fields: string[], context: CallContext) {
      const fresh = await recentWrites.has(context);
      const row = await repository.find(database, id, context, fresh, [...fields, 'version']);
      return row && { version: row.version, body: JSON.stringify(only(row, fields)) };
    },

    /** One page, with the cursor of the next. */
    async list(request: ListRequest, context: CallContext) {
      const after =
        request.cursor === undefined ? undefined : cursors.decode(request.identity, request.cursor);
      const rows = await repository.page(database, request, after, context, await recentWrites.has(context));
      const more = rows.length > request.limit;
      if (more) rows.pop();
      const last = rows.at(-1);
      const nextCursor =
        more && last ? cursors.encode(request.identity, positionOf(last, sortKeys(request.sort))) : null;
      const meta = { pageSize: request.limit, nextCursor };
      const { fields } = request;
      return { data: fields ? rows.map((row) => only(row, fields)) : rows, meta };
    },

    async create(unit: UnitOfWork, input: model.ProductInput) {
      const now = new Date().toISOString();
      const system = { id: uuid(), version: 1, createdAt: now, updatedAt: now };
      const inserted = await repository.insert(unit.transaction, { ...model.complete(input), ...system });
      const entry = toEntry(inserted);
      unit.afterCommit(async () => cache.keep(cacheKey(inserted.id), entry));
      return { id: inserted.id, ...entry };
    },

    /** Changes the fields given. @throws Problem `not-found`, `precondition-failed` */
    async update(
      unit: UnitOfWork,
      id: string,
      changes: Partial<model.ProductInput>,
      precondition: Precondition,
    ) {
      const version = await guard(unit, id, precondition);
      const row = await repository.update(unit.transaction, id, changes, new Date().toISOString(), version);
      if (!row) throw await missing(unit, id);
      return stored(unit, row);
    },

    /** Changes every field: what is not given has its default, or is null. @throws as `update` */
    replace(unit: UnitOfWork, id: string, input: model.ProductInput, precondition: Precondition) {
      return this.update(unit, id, model.complete(input), precondition);
    },

    /** @throws as `update` */
    async remove(unit: UnitOfWork, id: string, precondition: Precondition): Promise<void> {
      const version = await guard(unit, id, precondition);
      if (!(await repository.remove(unit.transaction, id, version))) throw await missing(unit, id);
      unit.afterCommit(() => cache.remove(cacheKey(id)));
    },
  };
}
