import { expectEqual } from '../../http/expectations.js';
import { NotApplicable, type Row } from '../row.js';

export const expiryIndexes: Row[] = [
  {
    id: 'IX1',
    group: 'writes',
    title: 'what expires is found by an index',
    expected: 'an index that begins with expires_at on each table whose rows all expire',
    source: 'use-the-index-luke.com, "The Where Clause"; OWASP API4:2023',
    remedy: 'Create an index on the column by which expired rows are deleted: the table grows with the load.',
    evidence: [],
    needs: ['started', 'database'],
    quick: false,
    async run(api) {
      const columns = await api.fleet.sql.tablesWith('expires_at');
      if (columns.length === 0) throw new NotApplicable('no table has a column expires_at that is not null');
      const missing = columns.filter(({ indexed }) => !indexed).map(({ table }) => table);
      expectEqual(missing, [], 'tables without an index on expires_at:');
    },
  },
];
