import { describe, expect, it } from 'vitest';
import { samplesOf, sumOf } from '../../src/capacity/exposition.js';
import { lineIn, lineOf, withId } from '../../src/verify/checks/shared/log-lines.js';
import type { Api, Instance } from '../../src/verify/cluster/api.js';
import { exportsMetric, needMetric } from '../../src/verify/cluster/metrics.js';
import { Contract } from '../../src/verify/contract/contract.js';
import { namedSamples, type Telemetry, telemetryNames } from '../../src/verify/described/telemetry.js';

const document = {
  openapi: '3.1.0',
  paths: {
    '/todos': { get: { responses: {} }, post: { responses: {} } },
    '/todos/{todoId}': { get: { responses: {} } },
  },
};

/** A project that was not generated. @param requestId the header by which it gets the id of a request */
function apiOf(telemetry: Partial<Telemetry>, requestId?: string): Api {
  const naming = { names: requestId === undefined ? {} : { requestId }, values: {}, tables: {} };
  const contract = new Contract(JSON.stringify(document), undefined, naming);
  return { contract, fleet: { telemetry: { metrics: {}, fields: {}, ...telemetry } } } as unknown as Api;
}

const instanceWith = (...lines: object[]) =>
  ({ lines: () => lines.map((line) => JSON.stringify(line)) }) as unknown as Instance;

describe('metrics', () => {
  const page = `# TYPE took histogram
took_bucket{verb="GET",le="250"} 3
took_bucket{verb="GET",le="+Inf"} 4
took_sum{verb="GET"} 1300
took_count{verb="GET"} 4
rss 5000
other{verb="GET"} 1
`;
  const metrics: Telemetry['metrics'] = {
    http_server_request_duration_seconds: {
      name: 'took',
      unit: 'ms',
      labels: { http_request_method: 'verb' },
    },
    process_resident_memory_bytes: { name: 'rss' },
  };

  it('have the names, labels and unit that rows look for', () => {
    const samples = namedSamples(samplesOf(page), metrics);
    const labels = { http_request_method: 'GET' };
    const at = (name: string, more = {}) =>
      sumOf(samples, `http_server_request_duration_seconds${name}`, { ...labels, ...more });
    expect([at('_count'), at('_sum'), at('_bucket', { le: '0.25' }), at('_bucket', { le: '+Inf' })]).toEqual([
      4, 1.3, 3, 4,
    ]);
    expect(sumOf(samples, 'process_resident_memory_bytes')).toBe(5000);
    expect(sumOf(samples, 'other', { verb: 'GET' })).toBe(1);
  });

  it('that are missing end a row without a judgement, unless the project names them', () => {
    const samples = samplesOf(page);
    const nothingSaid = apiOf({});
    expect(exportsMetric(nothingSaid, samples, 'process_open_fds')).toBe(false);
    expect(() => needMetric(nothingSaid, samples, 'process_open_fds')).toThrow(
      'there is no metric process_open_fds; `metricNames` of verify.yaml can say what it is called',
    );
    const named = apiOf({ metrics: { process_open_fds: { name: 'fds' } } });
    expect(() => exportsMetric(named, samples, 'process_open_fds')).toThrow('expected a metric fds');
  });

  it('are shown as what they are called', () => {
    expect(telemetryNames({ metrics, fields: { requestId: { field: 'rid' } } })).toEqual([
      'took for http_server_request_duration_seconds',
      'rss for process_resident_memory_bytes',
      'rid for requestId',
    ]);
  });
});

describe('log lines', () => {
  const fields: Telemetry['fields'] = {
    requestId: { field: 'rid' },
    status: { field: 'res.code' },
    route: { field: 'http.route' },
    durationMs: { field: 'took', unit: 'us' },
  };
  const line = { rid: 'a1', res: { code: 404 }, 'http.route': '/todos/:id', took: 2500 };

  it('have the members that rows look for, and the route of the document', () => {
    const wanted = { requestId: 'a1', status: 404, route: '/todos/{todoId}', durationMs: 2.5 };
    expect(lineIn(apiOf({ fields }), JSON.stringify(line))).toEqual({ ...line, ...wanted });
    expect(lineIn(apiOf({ fields }), '[1]')).toBeUndefined();
  });

  it('of a request are found by its id', async () => {
    const other = { ...line, rid: 'b2' };
    expect(await lineOf(apiOf({ fields }), instanceWith(other, line), 'a1')).toMatchObject({ status: 404 });
  });

  it('may be several for a request, where the project does not say how long it took', async () => {
    const api = apiOf({ fields: { requestId: { field: 'rid' } } });
    const found = await lineOf(
      api,
      instanceWith({ rid: 'a1', at: 'first' }, { rid: 'a1', at: 'last' }),
      'a1',
    );
    expect(found.at).toBe('last');
  });

  it('without the id are a finding only where the API takes ids of requests', async () => {
    const none = instanceWith({ rid: 'b2' });
    await expect(lineOf(apiOf({ fields }), none, 'a1')).rejects.toThrow(
      'no line has the id that a request was sent with',
    );
    const taking = apiOf({ fields }, 'X-Correlation-Id');
    expect(withId(taking, 'a1')).toEqual({ 'x-correlation-id': 'a1' });
    await expect(lineOf(taking, none, 'a1')).rejects.toThrow('expected one line with "rid": "a1" and "took"');
  });
});
