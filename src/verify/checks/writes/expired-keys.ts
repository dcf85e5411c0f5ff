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
      const made = await api.fleet.query(
        `insert into "idempotency_keys"
          select (jsonb_populate_record(kept, jsonb_build_object(
            'key', kept."key" || '-' || n, 'expires_at', now() - interval '1 hour'))).*
          from "idempotency_keys" as kept, generate_series(1, $2::int) as n
          where kept."key" = $1
          returning 1`,
        [key, expired],
      );
      expectEqual(made.length, expired, 'keys in the table "idempotency_keys":');
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

async function countKeys(api: Api, pattern: string): Promise<number> {
  const [row] = await api.fleet.query(
    'select count(*)::int as count from "idempotency_keys" where "key" like $1',
    [pattern],
  );
  return Number(row!.count);
}
