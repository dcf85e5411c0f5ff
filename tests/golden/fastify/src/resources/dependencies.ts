import type { Cache } from '../cache/two-level.js';
import type { Database } from '../database/database.js';
import type { RecentWrites } from '../database/recent-writes.js';
import type { Cursors } from '../http/cursor.js';

/** What a service of a resource is made with. */
export interface Dependencies {
  database: Database;
  cache: Cache;
  cursors: Cursors;
  recentWrites: RecentWrites;
  contract: {
    /** A function that writes a value of a component schema of openapi.yaml as JSON. */
    serializer<Value>(schema: string): (value: Value) => string;
  };
}
