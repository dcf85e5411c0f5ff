import type { Api, Instance, Item } from '../../cluster/api.js';
import { expectStatus, expectThat } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { levelOf } from '../shared/cache-status.js';
import { newCaller, sharesLimits, smallLimits } from '../shared/small-limits.js';

const group = 'lifecycle';
const limitsSharedMs = 5000;
const cacheUsedMs = 10_000;
/** Tolerance for a busy machine. */
const toleranceMs = 1000;

export const failover: Row[] = [
  {
    id: 'DG4',
    group,
    title: 'the primary of the shared cache is demoted',
    expected:
      'limits are shared again within 5 s, and the cache answers again within 10 s, after the primary became a replica that keeps its connections and refuses writes',
    source: 'Sentinel documentation, "High availability"; error READONLY of a replica',
    remedy: 'Connect anew when the server answers READONLY: the address leads to the new primary.',
    evidence: ['resilient', 'limited', 'cached'],
    needs: ['started', 'instances', 'store', 'failover', 'resource', 'writing'],
    relies: ['RATE_LIMIT_WRITE', 'RATE_LIMIT_WINDOW_S', 'TRUST_PROXY_HOPS'],
    quick: false,
    settings: smallLimits,
    async run(api) {
      const within = (holds: () => Promise<boolean>, ms: number) => until(holds, ms + toleranceMs);
      expectThat(
        (await within(() => sharesLimits(api), limitsSharedMs)) &&
          (await within(() => sharesCache(api), cacheUsedMs)),
        'limits and cache to be shared before the failover',
        'each instance for itself',
      );
      const undo = await api.fleet.failover!();
      const start = performance.now();
      try {
        expectThat(
          await within(() => sharesLimits(api), limitsSharedMs),
          `limits to be shared within ${limitsSharedMs / 1000} s of the failover`,
          'each instance counts alone',
        );
        expectThat(
          await within(() => sharesCache(api), cacheUsedMs - (performance.now() - start)),
          `hits of the shared cache within ${cacheUsedMs / 1000} s of the failover`,
          'each instance queries the database',
        );
      } finally {
        await undo();
      }
    },
  },
];

/** Whether an instance gets from the cache what another one has read. */
async function sharesCache(api: Api): Promise<boolean> {
  const [a, b] = api.fleet.instances as [Instance, Instance];
  const { path } = await api.create();
  await read(api, a, { path });
  return (await read(api, b, { path })) !== undefined;
}

/** @returns the name of the cache that answered */
async function read(api: Api, { url }: Instance, { path }: Pick<Item, 'path'>): Promise<string | undefined> {
  const response = await api.send({ path, headers: newCaller(api, 'reader'), to: url });
  expectStatus(response, 200);
  return levelOf(response);
}
