import { expect, test } from 'vitest';
import { whileShared } from '../../src/verify/checks/shared/small-limits.js';
import type { Api } from '../../src/verify/cluster/api.js';
import { Mismatch } from '../../src/verify/http/expectations.js';

/** An API whose metrics say how often an instance has counted alone. */
function apiThat(fallbacks: () => number, isOwn = true): Api {
  return {
    contract: { isOwn },
    fleet: { hasStore: true, instances: [{ managementUrl: 'http://instance' }] },
    send: async () => ({ text: `rate_limit_fallback_total ${fallbacks()}\n` }),
  } as unknown as Api;
}

/** Runs a check that fails until it has been tried that often. @returns how often it was tried, and whether it passed */
async function tried(api: Api, passesAt: number, onTry: (tries: number) => void = () => {}) {
  let tries = 0;
  const check = async () => {
    tries += 1;
    onTry(tries);
    if (tries < passesAt) throw new Mismatch('six to pass', 'seven');
  };
  const passed = await whileShared(api, check, 0).then(
    () => true,
    () => false,
  );
  return { tries, passed };
}

test('a check that fails three times while instances share their buckets has failed', async () => {
  expect(
    await tried(
      apiThat(() => 0),
      4,
    ),
  ).toEqual({ tries: 3, passed: false });
  expect(
    await tried(
      apiThat(() => 0),
      3,
    ),
  ).toEqual({ tries: 3, passed: true });
});

test('tries during which an instance counted alone do not count', async () => {
  let fallbacks = 0;
  const late = (tries: number) => {
    if (tries <= 6) fallbacks += 1;
  };
  expect(
    await tried(
      apiThat(() => fallbacks),
      8,
      late,
    ),
  ).toEqual({ tries: 8, passed: true });
});

test('an API that never shares its buckets has failed', async () => {
  let fallbacks = 0;
  const always = () => {
    fallbacks += 1;
  };
  expect(
    await tried(
      apiThat(() => fallbacks),
      100,
      always,
    ),
  ).toEqual({ tries: 13, passed: false });
});

test('the metrics of other projects are not asked', async () => {
  let asked = 0;
  const api = apiThat(() => ++asked, false);
  expect(await tried(api, 4)).toEqual({ tries: 3, passed: false });
  expect(asked).toBe(0);
});
