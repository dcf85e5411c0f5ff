import { randomUUID } from 'node:crypto';
import type { Api, Instance } from '../../cluster/api.js';
import { expectEqual, expectStatus, expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';
import { absentItem } from '../shared/items.js';
import { type Line, lineOf, parsed } from '../shared/log-lines.js';

const group = 'observability';
const forged = 'a line that a caller has written';

export const logs: Row[] = [
  {
    id: 'LG1',
    group,
    title: 'a line of JSON for each request, without secrets',
    expected:
      'one JSON object a line; a request has timestamp, level, message, requestId, traceId, spanId, method, route, status and durationMs; no token, password or query value; nothing that a caller sends makes a line',
    source: 'OWASP Logging Cheat Sheet; OWASP ASVS V16.2 and V16.4',
    remedy:
      'Log through a library that writes JSON, once for each request, the route and not the URL, and no headers.',
    evidence: ['observed'],
    needs: ['started', 'logs', 'resource'],
    quick: false,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      const before = instance.lines().length;
      const template = api.contract.find('GET', api.resource.item('x'))?.path;
      expectForm(await lineAfter(api, instance, { path: absentItem(api) }, 404), 'GET', template, 404);
      const list = await lineAfter(api, instance, { path: `${api.resource.path}?limit=1` }, 200);
      expectForm(list, 'GET', api.resource.path, 200);
      const secrets = await sendSecrets(api, instance);
      const last = await lineAfter(api, instance, { path: `/v1/${randomUUID()}` }, 404);
      expectForm(last, 'GET', undefined, 404);
      for (const line of instance.lines().slice(before)) {
        const object = parsed(line);
        expectThat(object !== undefined, 'a JSON object on each line', line.slice(0, 300));
        expectThat(object.message !== forged, 'line breaks of callers to be escaped', line.slice(0, 300));
        for (const [what, secret] of Object.entries(secrets))
          expectThat(!line.includes(secret), `no ${what} in the log`, line.slice(0, 500));
      }
    },
  },
];

/** Sends a request with a unique id. @returns its log line */
async function lineAfter(
  api: Api,
  instance: Instance,
  { path }: { path: string },
  status: number,
): Promise<Line> {
  const requestId = randomUUID();
  const response = await api.send({
    path,
    as: 'reader',
    headers: { 'x-request-id': requestId },
    to: instance.url,
  });
  expectStatus(response, status);
  return lineOf(instance, requestId);
}

/** @param route undefined where the contract has none */
function expectForm(line: Line, method: string, route: string | undefined, status: number): void {
  const text = JSON.stringify(line);
  const holds: Record<string, boolean> = {
    timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(line.timestamp),
    level: typeof line.level === 'string' && line.level !== '',
    message: typeof line.message === 'string' && line.message !== '',
    traceId: /^(?!0{32})[0-9a-f]{32}$/.test(line.traceId),
    spanId: /^(?!0{16})[0-9a-f]{16}$/.test(line.spanId),
    durationMs: typeof line.durationMs === 'number' && line.durationMs >= 0,
  };
  for (const [name, good] of Object.entries(holds)) expectThat(good, `a "${name}" of the right form`, text);
  const age = Date.now() - Date.parse(line.timestamp);
  expectThat(Math.abs(age) < 60_000, 'a "timestamp" of now', line.timestamp);
  expectEqual(line.method, method, '"method"');
  expectEqual(line.status, status, '"status"');
  if (route === undefined) expectThat(typeof line.route === 'string', 'a "route"', text);
  else expectEqual(line.route, route, '"route"');
}

/** Sends secrets in every part of a request. @returns them, by description */
async function sendSecrets(api: Api, { url }: Instance): Promise<Record<string, string>> {
  const secret = () => `secret-${randomUUID()}`;
  const secrets = {
    'query value': secret(),
    'bearer token': secret(),
    cookie: secret(),
    password: secret(),
  };
  const line = encodeURIComponent(`\r\n{"level":"info","message":"${forged}"}\r\n`);
  await api.send({
    path: `${api.resource.path}?token=${secrets['query value']}`,
    headers: { cookie: `session=${secrets.cookie}` },
    to: url,
  });
  await api.send({
    path: absentItem(api),
    headers: { authorization: `Bearer ${secrets['bearer token']}` },
    to: url,
  });
  await api.send({ path: `/v1/${line}`, headers: { 'x-request-id': line, 'user-agent': line }, to: url });
  if (api.contract.find('POST', '/v1/auth/login'))
    await api.send({
      method: 'POST',
      path: '/v1/auth/login',
      json: { email: 'nobody@example.com', password: secrets.password },
      to: url,
    });
  const token = Object.values(api.authorization('editor'))[0];
  if (token === undefined) return secrets;
  await api.send({ path: api.resource.path, as: 'editor', to: url });
  // A signed token differs with every call, by its signature; the middle is what says who it is.
  return {
    ...secrets,
    "caller's token": api.signsTokens ? token.split('.')[1]!.slice(0, 40) : token.slice(-30),
  };
}
