import { expect, test } from 'vitest';
import { samplesOf, sumOf } from '../../src/verify/cluster/metrics.js';

const text = `# HELP requests_total Requests: {all} of them.
# TYPE requests_total counter
requests_total{method="GET",route="/v1/items/{id}"} 3
requests_total{method="POST",route="a \\"quoted\\" one, with a comma"} 4 1700000000000
size_bytes 1.5e+06
limit{le="+Inf"} +Inf
`;

test('samples have their labels and values, comments are none', () => {
  expect(samplesOf(text)).toEqual([
    { name: 'requests_total', labels: { method: 'GET', route: '/v1/items/{id}' }, value: 3 },
    {
      name: 'requests_total',
      labels: { method: 'POST', route: 'a \\"quoted\\" one, with a comma' },
      value: 4,
    },
    { name: 'size_bytes', labels: {}, value: 1_500_000 },
    { name: 'limit', labels: { le: '+Inf' }, value: Number.POSITIVE_INFINITY },
  ]);
});

test('a sum is that of the samples with those labels', () => {
  const samples = samplesOf(text);
  expect(sumOf(samples, 'requests_total')).toBe(7);
  expect(sumOf(samples, 'requests_total', { method: 'GET' })).toBe(3);
  expect(sumOf(samples, 'requests_total', { method: 'PUT' })).toBeUndefined();
});
