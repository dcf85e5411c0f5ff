import type { Api, Server } from '../../cluster/api.js';
import { expectEqual, expectStatus, expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';
import { newAccount, register } from '../shared/accounts.js';
import { watchMade } from '../shared/newest.js';
import { headOf } from '../shared/raw.js';
import {
  burst,
  type Caller,
  expectExactly,
  newAddress,
  newCaller,
  quotaOf,
  smallLimits,
  whileShared,
} from '../shared/small-limits.js';

const group = 'errors';
const upgrade = {
  connection: 'Upgrade, HTTP2-Settings',
  upgrade: 'h2c',
  'http2-settings': 'AAMAAABkAAQCAAAAAAIAAAAA',
};

export const http: Row[] = [
  {
    id: 'HT1',
    group,
    title: 'trailers of a body are no headers',
    expected:
      'an Authorization trailer gives no rights, and an X-Forwarded-For trailer is no address: the limits hold',
    source: 'RFC 9110, section 6.5.1; RFC 9112, section 7.1.2',
    remedy: 'Drop the fields that come behind the last chunk, or keep them apart from the headers.',
    evidence: [],
    needs: ['started', 'resource', 'writing'],
    relies: ['RATE_LIMIT_WRITE', 'RATE_LIMIT_WINDOW_S', 'TRUST_PROXY_HOPS'],
    quick: false,
    settings: smallLimits,
    async run(api) {
      const { front } = api.fleet;
      if (api.contract.find('POST', api.resource.path)?.closed) await expectNoRights(api, front);
      await whileShared(api, () => expectSameCaller(api, front));
    },
  },
  {
    id: 'HT2',
    group,
    title: 'an offer of HTTP/2 by Upgrade: h2c',
    expected: 'it is ignored: the usual answer over HTTP/1.1, for GET and for POST with a body',
    source: 'RFC 9110, section 7.8; RFC 9113, section 3.1',
    remedy: 'Ignore Upgrade where the server knows no other protocol, and read the body as usual.',
    evidence: [],
    tier: 'server',
    needs: ['started', 'resource', 'writing'],
    quick: true,
    async run(api) {
      const { path } = api.resource;
      const to = api.fleet.front.url;
      expectStatus(await api.send({ path: '/livez', headers: upgrade, to }), 200);
      expectStatus(await api.send({ path: `${path}?limit=1`, headers: upgrade, as: 'reader', to }), 200);
      const made = await watchMade(api);
      const json = await api.body();
      const response = await api.send({ method: 'POST', path, headers: upgrade, as: 'editor', json, to });
      expectEqual(await made(), [api.itemOf(response).id], 'items made:');
    },
  },
];

async function expectNoRights(api: Api, server: Server): Promise<void> {
  const { path } = api.resource;
  const made = await watchMade(api);
  const body = await api.body();
  const trailers = api.authorization('editor');
  const status = await sendWithTrailers(api, server, path, { headers: newAddress(), body, trailers });
  expectThat(status === 401, 'status 401 for a token in a trailer', `status ${status}`);
  expectEqual(await made(), [], 'items made with a token in a trailer:');
}

/** Another address in the trailers of each request: one caller all the same, to the limit that comes after the body, too. */
async function expectSameCaller(api: Api, server: Server): Promise<void> {
  const headers = newCaller(api);
  const { path } = api.resource;
  const writes = await statusesOf(api, server, 'WRITE', path, { headers, body: 0 });
  expectExactly(quotaOf(api, 'WRITE'), writes, 'with an address in the trailers of each');
  if (!api.contract.find('POST', '/v1/auth/login')) return;
  const account = newAccount();
  expectStatus(await register(api, account, newAddress()), 201);
  const body = { ...account, password: `wrong ${account.password}` };
  const guesses = await statusesOf(api, server, 'AUTH', '/v1/auth/login', { headers: newAddress(), body });
  expectExactly(quotaOf(api, 'AUTH'), guesses, 'to sign in, with an address in the trailers of each');
}

/** A burst of requests that have another address in each one's trailers. */
function statusesOf(
  api: Api,
  server: Server,
  policy: Parameters<typeof quotaOf>[1],
  path: string,
  given: { headers: Caller; body: unknown },
) {
  return burst(api, quotaOf(api, policy), [server], async (to) => ({
    status: await sendWithTrailers(api, to, path, { ...given, trailers: newAddress() }),
  }));
}

/** Sends a body in one chunk with trailers, all in one segment. @returns the status */
async function sendWithTrailers(
  api: Api,
  server: Server,
  path: string,
  { headers, body, trailers }: { headers: Caller; body: unknown; trailers: Caller },
): Promise<number> {
  const json = JSON.stringify(body);
  const head = await headOf(api, {
    method: 'POST',
    path,
    headers: {
      host: 'verify',
      connection: 'close',
      'content-type': 'application/json',
      'transfer-encoding': 'chunked',
      trailer: Object.keys(trailers).join(', '),
      ...(headers as Record<string, string>),
    },
  });
  const chunk = `${Buffer.byteLength(json).toString(16)}\r\n${json}\r\n`;
  const connection = await api.connect(server);
  try {
    connection.write(`${head}${chunk}0\r\n${fields(trailers)}\r\n`);
    const answer = await connection.received();
    const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
    expectThat(status !== undefined, 'an answer to a body with trailers', answer.slice(0, 200) || 'none');
    return Number(status);
  } finally {
    connection.end();
  }
}

function fields(values: Caller): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
