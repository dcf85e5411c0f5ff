import { randomUUID } from 'node:crypto';
import type { Api, Instance } from '../../cluster/api.js';
import { expectEqual, expectStatus, expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';
import { absentItem } from '../shared/items.js';
import { isPromised, type Line, lineIn, lineOf, withId } from '../shared/log-lines.js';

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
      const absent = await lineAfter(api, instance, { path: absentItem(api) }, 404);
      expectForm(api, absent, 'GET', template, 404);
      const list = await lineAfter(api, instance, { path: `${api.resource.path}?limit=1` }, 200);
      expectForm(api, list, 'GET', api.resource.path, 200);
      const secrets = await sendSecrets(api, instance);
      const last = await lineAfter(api, instance, { path: `/v1/${randomUUID()}` }, 404);
      expectForm(api, last, 'GET', undefined, 404);
      for (const line of instance.lines().slice(before)) {
        const object = lineIn(api, line);
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
    headers: withId(api, requestId),
    to: instance.url,
  });
  expectStatus(response, status);
  return lineOf(api, instance, requestId);
}

/** @param route undefined where the contract has none */
function expectForm(api: Api, line: Line, method: string, route: string | undefined, status: number): void {
  const text = JSON.stringify(line);
  const { isOwn } = api.contract;
  const time = timeOf(line.timestamp);
  const holds: Record<string, boolean> = {
    timestamp: time !== undefined && (!isOwn || typeof line.timestamp === 'string'),
    level:
      (typeof line.level === 'string' && line.level !== '') || (!isOwn && typeof line.level === 'number'),
    message: typeof line.message === 'string' && line.message !== '',
    traceId: /^(?!0{32})[0-9a-f]{32}$/.test(line.traceId),
    spanId: /^(?!0{16})[0-9a-f]{16}$/.test(line.spanId),
    durationMs: typeof line.durationMs === 'number' && line.durationMs >= 0,
  };
  const has = (name: string) => line[name] !== undefined || isPromised(api, name);
  for (const [name, good] of Object.entries(holds))
    if (has(name)) expectThat(good, `a "${name}" of the right form`, text);
  if (time !== undefined)
    expectThat(Math.abs(Date.now() - time) < 60_000, 'a "timestamp" of now', line.timestamp);
  if (has('method')) expectEqual(line.method, method, '"method"');
  if (has('status')) expectEqual(line.status, status, '"status"');
  if (route !== undefined && has('route')) expectEqual(line.route, route, '"route"');
  if (route === undefined && isOwn) expectThat(typeof line.route === 'string', 'a "route"', text);
}

/** Milliseconds since 1970 of a time in the form of RFC 3339, or of a number of seconds or milliseconds; else undefined. */
function timeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value > 1e11 ? value : value * 1000;
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
  return typeof value === 'string' && form.test(value) ? Date.parse(value) : undefined;
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
