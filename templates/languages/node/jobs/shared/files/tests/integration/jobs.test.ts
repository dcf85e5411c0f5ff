import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { inBackground } from '../../src/background.js';
import { loadConfig } from '../../src/config.js';
import { seed } from '../../src/database/migrate.js';
import { purgeAll } from '../../src/database/purge.js';
import { db } from '../../src/database/queries.js';
import { createFiles, expiredJobs } from '../../src/jobs/files.js';
import { createWorker } from '../../src/jobs/worker.js';
import { type Api, paths, type Surroundings, startInstance, surroundings } from '../support/api.js';
import { testRedis } from '../support/redis.js';

const redis = await testRedis('QUEUE_URL');
const suffix = '/exports';
const collection = [...paths.keys()].find((path) => path.endsWith(suffix))!.slice(0, -suffix.length);
const waitMs = { timeout: 15_000 };

const workers: Awaited<ReturnType<typeof createWorker>>[] = [];
let folder: string;
let place: Surroundings;
let api: Api;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
  place = await surroundings({
    FILES_URL: pathToFileURL(folder).href,
    QUEUE_URL: redis.url ?? '',
    QUEUE_NAME: randomBytes(6).toString('hex'),
    JOB_BACKOFF_MS: '20',
    JOB_RELAY_MS: '50',
    JOB_MAX_ATTEMPTS: '2',
    SHUTDOWN_TIMEOUT_MS: '1000',
  });
  await seed(place.environment.DATABASE_URL as string);
  api = await startInstance(place);
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
});

afterAll(async () => {
  await api.close();
  await place.drop();
  await redis.stop();
  await rm(folder, { recursive: true });
});

async function startWorker(settings: Record<string, string> = {}) {
  workers.push(await createWorker(loadConfig({ ...place.environment, ...settings })));
}

/** Starts an export. @returns the path of its job */
async function started(body?: object, headers: Record<string, string> = api.as.admin): Promise<string> {
  const answer = await api.send('POST', `${collection}${suffix}`, { body, headers });
  expect([answer.status, answer.body.status]).toEqual([202, 'queued']);
  expect(answer.headers.get('location')).toBe(`/v1/jobs/${answer.body.id}`);
  expect(answer.headers.get('retry-after')).toBe('1');
  return answer.headers.get('location')!;
}

const read = (path: string, headers: Record<string, string> = api.as.admin) =>
  api.send('GET', path, { headers });
const statusOf = async (path: string) => (await read(path)).body.status;

function run<Row>(statement: ReturnType<typeof sql<Row>>): Promise<Row[]> {
  return inBackground((context) =>
    api.parts.database.transaction(context, (transaction) => transaction.query(statement.compile(db))),
  );
}

async function rows(): Promise<{ id: string }[]> {
  const { body } = await read(`${collection}?limit=100`);
  return body.data.sort((a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1));
}

test('a worker exports all rows as they are read', async () => {
  await startWorker();
  const [lines, table] = [await started(), await started({ format: 'csv' })];
  for (const path of [lines, table]) await expect.poll(() => statusOf(path), waitMs).toBe('succeeded');
  const all = await rows();
  const { body: job } = await read(lines);
  expect(job).toMatchObject({ attempts: 1, progress: { done: all.length }, error: null });
  expect(job.result).toMatchObject({ href: `${lines}/result`, contentType: 'application/x-ndjson' });
  const result = await read(`${lines}/result`);
  expect(result.headers.get('content-type')).toContain('application/x-ndjson');
  expect(
    result.text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  ).toEqual(all);
  expect(Buffer.byteLength(result.text)).toBe(job.result.bytes);
  const csv = await read(`${table}/result`);
  expect(csv.text.split('\r\n')[0]).toBe(Object.keys(all[0]!).join(','));
  expect(csv.headers.get('content-disposition')).toContain('.csv"');
});

test('a job is there for who started it alone', async () => {
  const path = await started(undefined, api.as.reader);
  expect((await read(path, api.as.reader)).status).toBe(200);
  // Where nobody signs in, all callers are one.
  const others = Object.keys(api.as.reader).length === 0 ? 200 : 404;
  expect((await read(path, api.as.editor)).status).toBe(others);
  expect((await read(path, api.as.admin)).status).toBe(200);
  expect((await read(`${path}/result`, api.as.reader)).status).toBe(404);
  const cancelled = (headers: Record<string, string>) => api.send('DELETE', path, { headers });
  if (others === 404) expect((await cancelled(api.as.editor)).status).toBe(404);
  expect((await cancelled(api.as.reader)).status).toBe(204);
  await startWorker();
  await expect.poll(() => statusOf(path), waitMs).toBe('cancelled');
});

test('a repeated request with a key starts one job', async () => {
  const headers = { ...api.as.admin, 'idempotency-key': 'one-export' };
  expect(await started({}, headers)).toBe(await started({}, headers));
});

test('a job that cannot be done is a dead letter after its attempts, and holds up no other', async () => {
  const [bad, good] = [await started(), await started()];
  await run(sql`update jobs set kind = 'nobody.knows' where id = ${bad.split('/').at(-1)}`);
  await startWorker({ WORKER_CONCURRENCY: '1' });
  await expect.poll(() => statusOf(good), waitMs).toBe('succeeded');
  await expect.poll(() => statusOf(bad), waitMs).toBe('failed');
  expect((await read(bad)).body).toMatchObject({
    attempts: 2,
    error: 'There is no job of the kind nobody.knows.',
    result: null,
  });
});

test('a job whose worker is lost goes to another, and one that is delivered twice is done once', async () => {
  const path = await started();
  const id = path.split('/').at(-1)!;
  await run(sql`update jobs set status = 'running', attempts = 1, publish_at = now() where id = ${id}`);
  await startWorker();
  await startWorker();
  await expect.poll(() => statusOf(path), waitMs).toBe('succeeded');
  const before = (await read(path)).body;
  expect(before.attempts).toBe(2);
  await run(sql`update jobs set publish_at = now() where id = ${id}`);
  const told = () => run(sql`select 1 from jobs where id = ${id} and publish_at > now()`);
  await expect.poll(async () => (await told()).length, waitMs).toBe(1);
  const next = await started();
  await expect.poll(() => statusOf(next), waitMs).toBe('succeeded');
  expect((await read(path)).body).toEqual(before);
});

test('a worker that ends gives back what it cannot finish, uncounted', async () => {
  const path = await started();
  const held = inBackground((context) =>
    api.parts.database.transaction(context, async ({ query }) => {
      await query(
        sql`lock table ${sql.table(collection.split('/').at(-1)!.replaceAll('-', '_'))}`.compile(db),
      );
      await startWorker();
      await expect.poll(() => statusOf(path), waitMs).toBe('running');
      await workers.pop()!.close();
    }),
  );
  await held;
  expect((await read(path)).body).toMatchObject({ status: 'queued', attempts: 0 });
  await startWorker();
  await expect.poll(() => statusOf(path), waitMs).toBe('succeeded');
});

test('a job that is over expires, with its file', async () => {
  await startWorker();
  const path = await started();
  await expect.poll(() => statusOf(path), waitMs).toBe('succeeded');
  const id = path.split('/').at(-1)!;
  await run(sql`update jobs set expires_at = now() where id = ${id}`);
  for (const each of [path, `${path}/result`]) expect((await read(each)).status).toBe(404);
  const files = createFiles(place.environment.FILES_URL as string);
  expect(await files.read(`exports/${id}/1`)).toBeDefined();
  await purgeAll(api.parts.database, expiredJobs(files));
  expect(await files.read(`exports/${id}/1`)).toBeUndefined();
});
