import { randomUUID } from 'node:crypto';
import type { Api, Item } from '../../cluster/api.js';
import type { Resource, Schema } from '../../contract/contract.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectStatus,
  expectThat,
} from '../../http/expectations.js';
import type { Row } from '../row.js';
import {
  expectAccepted,
  expectComplete,
  expectSuccess,
  exportOf,
  type Job,
  jobSettings,
  linesOf,
  readResult,
  several,
  startExport,
  untilRunning,
  whileHeld,
  withRows,
} from './job.js';

/** A text that has to be quoted in CSV. */
const awkward = 'a "b", c; d';
const formats = [undefined, 'ndjson', 'csv'] as const;
const types = { ndjson: /^application\/x-ndjson\b/i, csv: /^text\/csv; *charset=utf-8$/i };
const unknown = '01900000-0000-7000-8000-00000000dead';

export const exports: Row[] = [
  {
    id: 'JB1',
    group: 'jobs',
    title: 'an export of each collection',
    expected:
      '202 with Location and Retry-After, the status to its end on any instance, and a result with each item once, in the order of ids, as NDJSON or CSV; a repeated Idempotency-Key makes no second job',
    source:
      'RFC 9110, sections 15.3.3 and 10.2.3; RFC 4180; Microsoft Azure Architecture Center, "Asynchronous Request-Reply pattern"',
    remedy:
      'Write the job in the transaction of the request, and let a worker read the collection in pages after the last id.',
    evidence: ['asynchronous', 'balanced'],
    needs: ['started', 'jobs', 'database', 'resource', 'writing'],
    quick: false,
    settings: jobSettings,
    async run(api) {
      await api.fleet.workers();
      await expectStatusToTheEnd(api);
      const field = freeText(api.resource);
      await withRows(
        api,
        several,
        async (item) => {
          for (const format of formats) await expectResult(api, item, format);
        },
        field === undefined ? {} : { [field]: awkward },
      );
      for (const resource of api.contract.resources.slice(1)) {
        const item = await api.create(resource);
        for (const format of formats.slice(1)) await expectResult(api, item, format, resource);
      }
      await expectOneJobForAKey(api);
      await expectRefusals(api);
    },
  },
];

async function expectStatusToTheEnd(api: Api): Promise<void> {
  const answer = await whileHeld(api, async (release) => {
    const accepted = await api.send(exportOf(api));
    expectAccepted(accepted);
    const job: Job = accepted.json();
    const path = new URL(accepted.headers.location!, api.fleet.url).pathname;
    expectEqual(path, `/v1/jobs/${job.id}`, 'Location of the job:');
    expectEqual([job.result, job.error], [null, null], 'result and error of a new job:');
    await untilRunning(api, job);
    for (const { url } of api.fleet.instances) {
      const response = await api.send({ path, as: 'reader', to: url });
      expectStatus(response, 200);
      expectHeader(response, 'Cache-Control', /\bno-store\b/);
      expectHeader(response, 'Retry-After', /^[1-9]\d?$/);
      const { status, attempts, result } = response.json();
      expectEqual({ status, attempts, result }, { status: 'running', attempts: 1, result: null }, 'a job');
    }
    expectProblem(await readResult(api, job), 404, 'not-found');
    await release();
    await expectSuccess(api, job);
    return api.send({ path, as: 'reader' });
  });
  expectHeader(answer, 'Cache-Control', /\bno-store\b/);
  expectThat(
    answer.headers['retry-after'] === undefined,
    'no Retry-After of a job that is over',
    answer.headers,
  );
}

/** The result of an export: its headers, its length, all items, and one of them as it is answered elsewhere. */
async function expectResult(
  api: Api,
  item: Item,
  format: (typeof formats)[number],
  resource = api.resource,
): Promise<void> {
  const { path } = exportOf(api, {}, resource);
  expectThat(
    api.contract.find('POST', path)?.path === path,
    `an operation POST ${path} in the document`,
    'none',
  );
  const started = await startExport(api, format === undefined ? {} : { json: { format } }, resource);
  const job = await expectSuccess(api, started);
  const response = await expectComplete(api, job, resource);
  const type = expectHeader(response, 'Content-Type', types[format ?? 'ndjson']);
  expectHeader(response, 'Content-Disposition', /^attachment\b/);
  expectHeader(response, 'Cache-Control', /\b(no-store|private)\b/);
  const { href, contentType, bytes } = job.result!;
  expectEqual(new URL(href, api.fleet.url).pathname, `/v1/jobs/${job.id}/result`, 'href of the result:');
  expectEqual(contentType, type, 'contentType of the result:');
  expectEqual(bytes, Buffer.byteLength(response.text), 'bytes of the result:');
  const lines = linesOf(response);
  expectEqual(job.progress.done, lines.length, 'items done:');
  const line = lines.find(({ id }) => id === item.id)!;
  const read = await api.send({ path: item.path, as: 'reader' });
  expectStatus(read, 200);
  const wanted: Record<string, unknown> = read.json();
  expectEqual(line, format === 'csv' ? cellsOf(wanted) : wanted, 'the item as a read returns it:');
}

/** Members of an item as cells. */
function cellsOf(item: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, String(value ?? '')]));
}

/** A field that takes the awkward text. */
function freeText({ input }: Resource): string | undefined {
  const fields = Object.entries((input.properties ?? {}) as Record<string, Schema>);
  return fields.find(
    ([, { type, format, pattern, enum: values, minLength = 0, maxLength = 255, ...rest }]) =>
      [type].flat().includes('string') &&
      (format ?? values ?? rest['x-references']) === undefined &&
      (pattern === undefined || new RegExp(pattern, 'u').test(awkward)) &&
      minLength <= awkward.length &&
      maxLength >= awkward.length,
  )?.[0];
}

async function expectOneJobForAKey(api: Api): Promise<void> {
  const request = exportOf(api, { headers: { 'idempotency-key': randomUUID() } });
  const first = await api.send(request);
  expectStatus(first, 202);
  for (const { url } of api.fleet.instances) {
    const again = await api.send({ ...request, to: url });
    expectStatus(again, 202);
    expectHeader(again, 'Idempotent-Replayed', /^true$/);
    expectEqual(again.json().id, first.json().id, 'the job of the first answer:');
  }
  await expectSuccess(api, first.json());
}

async function expectRefusals(api: Api): Promise<void> {
  expectProblem(await api.send(exportOf(api, { json: { format: 'xml' } })), 422, 'validation-failed');
  for (const [method, path] of [
    ['GET', `/v1/jobs/${unknown}`],
    ['GET', `/v1/jobs/${unknown}/result`],
    ['DELETE', `/v1/jobs/${unknown}`],
  ] as const)
    expectProblem(await api.send({ method, path, as: 'reader' }), 404, 'not-found');
}
