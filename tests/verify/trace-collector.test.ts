import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, openCollector } from '../../src/verify/cluster/trace-collector.js';

const span = {
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
  name: 'GET /v1/products',
  kind: 2,
  attributes: [
    { key: 'http.request.method', value: { stringValue: 'GET' } },
    { key: 'http.response.status_code', value: { intValue: '200' } },
    { key: 'ratio', value: { doubleValue: 0 } },
    { key: 'cached', value: { boolValue: false } },
    { key: 'list', value: { arrayValue: { values: [{ stringValue: '' }, { intValue: 2 }] } } },
    { key: 'map', value: { kvlistValue: { values: [{ key: 'k', value: { stringValue: 'v' } }] } } },
    { key: 'nothing', value: {} },
  ],
};
const body = (...spans: object[]) => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });

let collector: Collector;
beforeAll(async () => {
  collector = await openCollector();
});
afterAll(() => collector.close());

const post = async (content: string | Buffer, headers = {}, path = '/v1/traces', method = 'POST') => {
  const answer = await fetch(`${collector.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body: content as string }),
  });
  return answer.status;
};

/** As the exporter of the Python SDK 1.45 sends it: a span of a server and one of a client within it. */
const binary = Buffer.from(
  'CrMCCgASrgIKAwoBdBJKChBbjv/3mAOBA9JptjOBP8YMEgju4Zt+w8GxdSII7uGbfsPBsXQqBnNlbGVjdDADOXgjCDiVC+oYQb5dCDiVC+oYegCF' +
    'AQABAAAS2gEKEFuO//eYA4ED0mm2M4E/xgwSCO7hm37DwbF0KhBHRVQgL3YxL3Byb2R1Y3RzMAI5RMIGOJUL6hhB+NEIOJUL6hhKHAoTaHR0cC5y' +
    'ZXF1ZXN0Lm1ldGhvZBIFCgNHRVRKIAoZaHR0cC5yZXNwb25zZS5zdGF0dXNfY29kZRIDGMgBShIKBXJhdGlvEgkhAAAAAAAA4D9KDAoGY2FjaGVk' +
    'EgIQAEoTCgRsaXN0EgsqCQoCCgAKAwoBYkoXCghuZWdhdGl2ZRILGP7//////////wF6AIUBAAEAAA==',
  'base64',
);
const binaryType = { 'content-type': 'application/x-protobuf' };

describe('the collector', () => {
  it('keeps spans with values of every type, as they stand or zipped', async () => {
    expect(await post(body(span))).toBe(200);
    const child = { ...span, parentSpanId: span.spanId, spanId: 'eee19b7ec3c1b175', attributes: undefined };
    expect(await post(gzipSync(body(child)), { 'content-encoding': 'gzip' })).toBe(200);
    expect(collector.spans()).toEqual([
      {
        ...{ traceId: span.traceId, spanId: span.spanId, parentSpanId: '', name: span.name, kind: 2 },
        attributes: {
          'http.request.method': 'GET',
          'http.response.status_code': 200,
          ...{ ratio: 0, cached: false, list: ['', 2], map: { k: 'v' }, nothing: undefined },
        },
      },
      expect.objectContaining({ parentSpanId: span.spanId, attributes: {} }),
    ]);
  });

  it('reads protobuf as well, as it stands or zipped', async () => {
    const before = collector.spans().length;
    expect(await post(binary, binaryType)).toBe(200);
    expect(await post(gzipSync(binary), { ...binaryType, 'content-encoding': 'gzip' })).toBe(200);
    const { traceId, spanId } = span;
    const spans = [
      { traceId, spanId: 'eee19b7ec3c1b175', parentSpanId: spanId, name: 'select', kind: 3, attributes: {} },
      {
        ...{ traceId, spanId, parentSpanId: '', name: span.name, kind: 2 },
        attributes: {
          'http.request.method': 'GET',
          'http.response.status_code': 200,
          ...{ ratio: 0.5, cached: false, list: ['', 'b'], negative: -2 },
        },
      },
    ];
    expect(collector.spans().slice(before)).toEqual([...spans, ...spans]);
  });

  it('refuses what it cannot read, and keeps nothing of it', async () => {
    const before = collector.spans().length;
    expect(await post(body(span), { 'content-type': 'text/plain' })).toBe(415);
    expect(await post(binary.subarray(0, 100), binaryType)).toBe(400);
    expect(await post('{')).toBe(400);
    expect(await post('no gzip', { 'content-encoding': 'gzip' })).toBe(400);
    expect(await post(body(span), {}, '/v1/metrics')).toBe(404);
    expect(await post('', {}, '/v1/traces', 'GET')).toBe(405);
    expect(await post('{}')).toBe(200);
    expect(collector.spans()).toHaveLength(before);
  });
});
