import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, paths, type Surroundings, startInstance, surroundings } from '../support/api.js';

let place: Surroundings;
let api: Api;

beforeAll(async () => {
  place = await surroundings({
    TRUST_PROXY_HOPS: '1',
    RATE_LIMIT_DEFAULT: '5',
    RATE_LIMIT_WINDOW_S: '3600',
  });
  api = await startInstance(place);
});

afterAll(async () => {
  await api.close();
  await place.drop();
});

test.each([
  ['ports', (index: number) => `203.0.113.9:${50_000 + index}`],
  ['spellings', (index: number) => ['203.0.113.10', '::ffff:203.0.113.10', '::FFFF:CB00:710A'][index % 3]!],
  [
    'addresses of one /64',
    (index: number) => (index % 2 ? `2001:db8::1:${index}` : `[2001:0DB8:0::0:${index}]:443`),
  ],
  ['entries that are no address', (index: number) => `client-${index}`],
])('behind a proxy, other %s do not make other callers', async (name, entry) => {
  const [path] = [...paths].find(([, methods]) => methods.includes('POST') && methods.includes('GET'))!;
  const limited = async (forwardedFor: string) =>
    (await api.send('GET', path, { headers: { 'x-forwarded-for': forwardedFor }, anonymous: true }))
      .status === 429;
  const answers = [];
  for (let index = 0; index < 6; index += 1) answers.push(await limited(entry(index)));
  expect(answers).toEqual([false, false, false, false, false, true]);
  expect(await limited(`198.51.100.${name.length}`)).toBe(false);
});
