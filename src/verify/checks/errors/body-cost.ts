import { Readable } from 'node:stream';
import type { Api, Instance } from '../../cluster/api.js';
import { processorSecondsOf } from '../../cluster/metrics.js';
import type { Operation } from '../../contract/contract.js';
import type { Request } from '../../http/exchange.js';
import { expectProblem, expectStatus, expectThat } from '../../http/expectations.js';
import { awaitedLater, pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { post } from './validation.js';

const json = { 'content-type': 'application/json' };
const mostErrors = 50;
/** Bodies of each kind. */
const count = 8;
/** Processor time of a body beyond that of a small one: this in milliseconds, or as many times that of JSON.parse here. */
const allowed = { ms: 60, times: 5 };

export const bodyCost: Row[] = [
  {
    id: 'BL3',
    group: 'errors',
    title: 'the cost of reading a body',
    expected: `4xx with at most ${mostErrors} errors for deep nesting and for thousands of members, items and errors, at ${allowed.ms} ms of processor time or ${allowed.times} times that of a JSON parser; 413 over the limit of an operation (x-body-limit), declared or in chunks`,
    source: 'OWASP API4:2023; RFC 8259, section 9; RFC 9110, section 15.5.14',
    remedy:
      'Bound depth and members while the body is parsed, stop validation after some errors, and give small operations a small limit.',
    evidence: ['limited'],
    needs: ['started', 'management', 'resource', 'writing', 'load'],
    relies: ['BODY_LIMIT_BYTES'],
    quick: false,
    alone: true,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      const limit = Number(api.fleet.settings.BODY_LIMIT_BYTES);
      let sending = true;
      const others = awaitedLater(expectOthersServed(api, instance, () => sending));
      try {
        const small = await costOf(api, instance, '{"text": [0]}');
        for (const [kind, body] of costlyBodies(limit)) {
          const ms = (await costOf(api, instance, body)) - small;
          const most = Math.max(allowed.ms, allowed.times * parserMs(body));
          expectThat(
            ms < most,
            `less than ${Math.round(most)} ms of processor time for a body of ${kind}, beyond that of a small one`,
            `${Math.round(ms)} ms`,
          );
        }
      } finally {
        sending = false;
        await others.catch(() => {});
      }
      await others;
      await expectSmallLimits(api);
    },
  },
];

/** Bodies that fill the limit, each with its cost in another place. */
function costlyBodies(limit: number): [kind: string, body: string][] {
  const room = limit - 64;
  const filled = (item: (place: number) => string, size: number) =>
    Array.from({ length: Math.floor(room / size) }, (_, place) => item(place)).join(',');
  const nested = (open: string, inside: string, close: string) => {
    const depth = Math.floor(room / (open.length + close.length));
    return `{"text":${open.repeat(depth)}${inside}${close.repeat(depth)}}`;
  };
  const thousand = Math.min(1000, Math.floor(room / 12));
  return [
    ['arrays in arrays', nested('[', '', ']')],
    ['objects in objects', nested('{"a":', '0', '}')],
    ['a thousand levels', `{"text":${'['.repeat(thousand)}${']'.repeat(thousand)}}`],
    ['hundreds of errors', `{${Array.from({ length: 900 }, (_, place) => `"_${place}":0`).join(',')}}`],
    ['unknown members', `{${filled((place) => `"${place.toString(36).padStart(5, '_')}":0`, 10)}}`],
    ['items', `{"text":[${filled(() => '0', 2)}]}`],
    ['objects in an array', `{"text":[${filled(() => '{"a":0}', 8)}]}`],
  ];
}

/** @returns processor time for one body, in milliseconds: unlike the time until the answer, the same on a busy machine */
async function costOf(api: Api, instance: Instance, body: string): Promise<number> {
  const before = await processorSecondsOf(api, instance);
  for (let sent = 0; sent < count; sent += 1) {
    const response = await post(api, { body, headers: json, to: instance.url, timeoutMs: 30_000 });
    expectStatus(response, 400, 422);
    const { errors = [] } = expectProblem(response, response.status);
    // Elsewhere, the member may be anything.
    if (api.contract.isOwn || Array.isArray(errors))
      expectThat(errors.length <= mostErrors, `${mostErrors} errors at most`, `${errors.length} errors`);
  }
  return (((await processorSecondsOf(api, instance)) - before) * 1000) / count;
}

/** Processor time of the parser of this process for a body: as slow as the machine is now. */
function parserMs(body: string): number {
  const before = process.cpuUsage();
  for (let parsed = 0; parsed < count; parsed += 1) JSON.parse(body);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / count;
}

async function expectOthersServed(api: Api, { url }: Instance, wanted: () => boolean): Promise<void> {
  while (wanted()) {
    const response = await api.send({ path: `${api.resource.path}?limit=1`, as: 'reader', to: url });
    expectThat(response.status === 200, 'others to be served meanwhile', `status ${response.status}`);
    await pause(100);
  }
}

/** Where the document has a limit for one operation, as for sign-ins. */
async function expectSmallLimits(api: Api): Promise<void> {
  for (const operation of api.contract.operations) {
    const limit = operation.source['x-body-limit'];
    if (typeof limit !== 'number') continue;
    const body = textBody(limit + 1);
    for (const given of [body, Readable.from([body.slice(0, limit), body.slice(limit)])])
      expectProblem(await api.send(requestOf(operation, given)), 413, 'content-too-large');
    const fitting = await api.send(requestOf(operation, textBody(limit)));
    expectThat(
      fitting.status !== 413 && fitting.status < 500,
      `a body of ${limit} bytes to be read by ${operation.method} ${operation.path}`,
      `status ${fitting.status}`,
    );
  }
}

function requestOf({ method, path }: Operation, body: Request['body']): Request {
  const item = path.replace(/\{[^/]+\}/g, '01900000-0000-7000-8000-000000000000');
  return { method, path: item, headers: json, body: body!, as: 'admin' };
}

/** An object of that many bytes. */
export function textBody(bytes: number): string {
  const frame = JSON.stringify({ text: '' });
  return JSON.stringify({ text: 'x'.repeat(bytes - frame.length) });
}
