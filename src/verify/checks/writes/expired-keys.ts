import { randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import { expectEqual, expectHeader, expectStatus, expectThat } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { patiently } from '../shared/small-limits.js';

const expired = 5000;
/** Expired keys of other rows would be deleted, too. */
const purgedMs = 40_000;

export const expiredKeys: Row[] = [
  {
    id: 'IK7',
    group: 'writes',
    title: 'keys that have expired',
    expected: `${expired} expired keys are deleted within ${purgedMs / 1000} s of the start of an instance; the others still work`,
    source: 'draft-ietf-httpapi-idempotency-key-header-07, section 2.3; OWASP API4:2023',
    remedy:
      'Delete expired keys soon after the start and then regularly, in batches until none is left, on one instance at a time.',
    evidence: ['resilient'],
    needs: ['started', 'database', 'resource', 'writing'],
    relies: ['IDEMPOTENCY_TTL_S'],
    quick: false,
    async run(api) {
      const [instance] = api.fleet.instances;
      const key = randomUUID();
      const request = {
        method: 'POST',
        path: api.resource.path,
        as: 'editor' as const,
        json: await api.body(),
        headers: { 'idempotency-key': key },
      };
      expectStatus(await api.send(request), 201);
      await copyExpired(api, key);
      expectEqual(await countKeys(api, `${key}-%`), expired, 'keys in the table "idempotency_keys":');
      // On a busy machine the first try can run out of time.
      await patiently(async () => {
        instance!.signal('SIGKILL');
        await instance!.ended();
        await instance!.restart();
        let left = 0;
        const vanished = await until(async () => {
          left = await countKeys(api, `${key}-%`);
          return left === 0;
        }, purgedMs);
        expectThat(
          vanished,
          `no expired key ${purgedMs / 1000} s after the start of an instance`,
          `${left} of ${expired}`,
        );
      });
      const again = await api.send(request);
      expectStatus(again, 201);
      expectHeader(again, 'Idempotent-Replayed', /^true$/);
    },
  },
];

/** Puts copies of a key into the table, each with another name, that expired an hour ago. */
async function copyExpired({ fleet }: Api, key: string): Promise<void> {
  const [kept] = await fleet.sql.query('select * from "idempotency_keys" where "key" = $1', [key]);
  expectThat(kept !== undefined, `the key ${key} in the table "idempotency_keys"`, 'none');
  const values: Record<string, string> = {
    key: `concat("key", '-', n)`,
    expires_at: `current_timestamp - interval '1' hour`,
  };
  const columns = Object.keys(kept!);
  await fleet.sql.query(
    `insert into "idempotency_keys" (${columns.map((name) => `"${name}"`).join(', ')})
      with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${expired})
      select ${columns.map((name) => values[name] ?? `"${name}"`).join(', ')}
      from "idempotency_keys", numbers where "key" = $1`,
    [key],
  );
}

async function countKeys(api: Api, pattern: string): Promise<number> {
  const [row] = await api.fleet.sql.query(
    'select count(*) as count from "idempotency_keys" where "key" like $1',
    [pattern],
  );
  return Number(row!.count);
}
