import type { Api, Instance } from '../../cluster/api.js';
import { expectStatus, expectThat } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';
import type { Row } from '../row.js';
import {
  burst,
  expectExactly,
  newCaller,
  patiently,
  quotaOf,
  read,
  sharesLimits,
  smallLimits,
  write,
} from '../shared/small-limits.js';

const extraMs = 100;
/** Tolerance for a busy machine. */
const toleranceMs = 150;
const recoveryMs = 5000;

export const limitsWithoutStore: Row[] = [
  {
    id: 'RL6',
    group: 'limits',
    title: 'limits while the shared cache refuses or hangs',
    expected:
      'requests are served within 100 ms more and limited by each instance alone; limits are shared again within 5 s of recovery',
    source: 'OWASP API4:2023',
    remedy: 'Give the shared bucket a short timeout and a breaker, and fall back to a bucket in the process.',
    evidence: ['limited', 'resilient'],
    needs: ['started', 'instances', 'store', 'resource'],
    relies: ['RATE_LIMIT_WRITE', 'RATE_LIMIT_WINDOW_S', 'TRUST_PROXY_HOPS'],
    quick: false,
    settings: smallLimits,
    async run(api) {
      const { store, freeze, thaw } = api.fleet;
      const pass = () => store.set({ kind: 'pass' });
      const kinds: [what: string, begin: () => void, end: () => void][] = [
        ['refuses', () => store.set({ kind: 'refuse' }), pass],
        ['hangs', () => store.set({ kind: 'hang' }), pass],
      ];
      if (freeze.store && thaw.store) kinds.push(['is frozen', freeze.store, thaw.store]);
      for (const [what, begin, end] of kinds) await patiently(() => during(api, what, begin, end));
    },
  },
];

async function during(api: Api, what: string, begin: () => void, end: () => void): Promise<void> {
  const { instances } = api.fleet;
  const usual = Math.max(...(await readTimes(api, instances)));
  begin();
  try {
    for (const instance of instances) {
      const slowest = Math.max(...(await readTimes(api, [instance])));
      expectThat(
        slowest <= usual + extraMs + toleranceMs,
        `reads within ${Math.round(usual)} + ${extraMs} ms while the cache ${what}`,
        `${Math.round(slowest)} ms`,
      );
      const caller = newCaller(api);
      const quota = quotaOf(api, 'WRITE');
      expectExactly(
        quota,
        await burst(api, quota, [instance], (to) => write(api, caller, to)),
        `one instance while the cache ${what}`,
      );
    }
  } finally {
    end();
  }
  const shared = await until(() => sharesLimits(api), recoveryMs);
  expectThat(
    shared,
    `limits to be shared within ${recoveryMs / 1000} s of recovery`,
    'each instance counts alone',
  );
}

/** How long reads take that ask the shared bucket, in milliseconds. */
async function readTimes(api: Api, instances: readonly Instance[]): Promise<number[]> {
  const times: number[] = [];
  for (let place = 0; place < 8; place += 1) {
    const response = await read(api, newCaller(api, 'reader'), instances[place % instances.length]!);
    expectStatus(response, 200);
    times.push(response.ms);
  }
  return times;
}
