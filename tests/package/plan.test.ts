import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../e2e/project.js';
import { begin, place, quick, refused, run, usePackage } from './fixture.js';

usePackage();

const servers: http.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Serves a text, which may differ each time it is asked for, and returns its URL. */
async function serving(text: (asked: number) => string, status = 200): Promise<string> {
  let asked = 0;
  const server = http.createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'text/plain' }).end(text(asked));
    asked += 1;
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

/** What an instance tells before, and after 1000 requests of 4 ms CPU that held a connection for 6 ms each. */
function metrics(asked: number): string {
  const [requests, fast, cpu, held] = asked === 0 ? [500, 400, 7, 90] : [1500, 1300, 11, 96];
  const series = '{http_request_method="GET",http_route="/v1/products",http_response_status_code="200"';
  return `# HELP process_cpu_seconds_total CPU time.
process_cpu_seconds_total ${cpu}
http_server_request_duration_seconds_bucket${series},le="0.05"} ${fast}
http_server_request_duration_seconds_bucket${series},le="0.1"} ${requests}
http_server_request_duration_seconds_bucket${series},le="+Inf"} ${requests}
http_server_request_duration_seconds_count${series}} ${requests}
db_client_connection_use_time_seconds_sum{db_client_connection_pool_name="primary"} ${held}
`;
}

test('a plan from the load that is given, as text and as one JSON document', () => {
  const flags = ['plan', '--peak-rps', '2000', '--p95-ms', '80', '--cpu-ms', '3', '--db-cores', '8'];
  const text = run(flags);
  expect(text).toMatchObject({ code: 0, err: '' });
  for (const part of [
    '2000/s × 80 ms = 160',
    'pool of 4, at most 16 instances',
    'near saturation',
    '11 cores',
  ])
    expect(text.out).toContain(part);
  const { code, out } = run([...flags, '--json']);
  expect(code).toBe(0);
  const document = JSON.parse(out);
  expect(document).toMatchObject({ ok: true, settings: { DB_POOL_MAX: 4, REQUEST_TIMEOUT_MS: 4000 } });
  expect(document.warnings).toHaveLength(2);
});

test('a plan for the load that a project was made for, and what is given beside it', () => {
  expect(run(['shop', '--peak-rps', '900', '--db-ms', '3.5', ...quick]).code).toBe(0);
  const { load } = JSON.parse(run(['plan', 'shop', '--zones', '2', '--json']).out);
  const values = Object.fromEntries(
    load.map(({ about, value }: { about: string; value: number }) => [about, value]),
  );
  expect(Object.values(values)).toEqual([900, 100, 3.5, 2, 4, 100, 2, 5]);
  const made = fs.readFileSync(path.join(place.here, 'shop/docs/capacity.md'), 'utf8');
  expect(made).toContain('900/s × 3.5 ms = 3.15');
});

test('a project for a load that exceeds a budget says so', () => {
  const { out, code } = run(['shop', '--peak-rps', '5000', ...quick]);
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('is the bottleneck') });
  const { warnings } = JSON.parse(run(['other', '--peak-rps', '5000', '--json', ...quick]).out);
  expect(warnings[0].what).toContain('is the bottleneck');
  expect(run(['third', ...quick]).out).not.toContain('exceeds a budget');
});

test('what a running instance measures, over what was assumed', async () => {
  const { code, out, err } = await begin([
    'plan',
    '--from',
    await serving(metrics),
    '--seconds',
    '1',
    '--peak-rps',
    '700',
    '--json',
  ]).ended;
  expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('Measuring') });
  const { sizes, measured } = JSON.parse(out);
  expect(measured.requests).toBe(1000);
  // Of the 1000, 900 were in the first bucket: the 95th percentile is in the middle of the second.
  expect(measured.p95Ms).toBe(75);
  expect(sizes).toMatchObject({ peakRps: 700, p95Ms: 100, cpuMs: 4, dbMs: 6 });
});

test('an instance that cannot be measured', async () => {
  const idle = await serving(() => metrics(0));
  const gone = await serving(() => 'not found', 404);
  const page = await serving(() => '<html></html>');
  for (const [url, expected] of [
    [idle, /answered 0 requests in 1 s/],
    [gone, /answered 404/],
    [page, /process_cpu_seconds_total/],
    [`http://127.0.0.1:${await freePort()}/metrics`, /does not answer \(ECONNREFUSED\)/],
  ] as const) {
    const { code, out, err } = await begin(['plan', '--from', url, '--seconds', '1']).ended;
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(expected);
    expect(err).toContain('for example: create-scalable-api plan --from');
  }
});

test('the limit of scaling, from load tests', () => {
  const scaling = '1:995,2:1890,4:3450,8:5810,16:8480,32:9010,64:7810';
  const { out } = run(['plan', '--scaling', scaling]);
  expect(out).toContain('throughput falls beyond 29 instances');
});

test('calls that are wrong', () => {
  refused(['plan', '--zones', '0', '--peak', '3', '--db-ms', 'x'], 2, /--zones 0: takes a whole number/);
  refused(['plan', '--scaling', '1:900,2:1800'], 2, /at least 6 pairs/);
  refused(['plan', '--from', 'localhost:9464'], 2, /takes the URL/);
  refused(['plan', '--from', 'http://localhost:1', '--seconds', '0'], 2, /from 1 to 3600/);
  refused(['plan', 'nowhere'], 2, /has no .scalable-api.json, which generated projects have/);
  refused(['plan', 'a', 'b'], 2, /unexpected argument/);
  refused(['shop', '--db-connections', '16', ...quick], 2, /takes a whole number from 17/);
  refused(['shop', '--db-ms', '1e3', ...quick], 2, /takes a number from 0\.001/);
});

test('a load of an answers file that cannot be', () => {
  const file = path.join(place.here, 'answers.json');
  for (const [load, expected] of [
    [{ zones: 0 }, /whose "zones" is not a whole number from 1 to 10/],
    [{ users: 5 }, /"load" with "users"; possible: peakRps/],
    [5, /"load" that is no object/],
  ] as const) {
    fs.writeFileSync(file, JSON.stringify({ load }));
    refused(['shop', '--answers', file, ...quick], 2, expected);
  }
});
