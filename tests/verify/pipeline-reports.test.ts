import type { Log } from 'sarif';
import { describe, expect, test } from 'vitest';
import { Contract } from '../../src/verify/contract/contract.ts';
import { operationLines } from '../../src/verify/contract/lines.ts';
import type { Exchange } from '../../src/verify/http/exchange.ts';
import { annotationsOf, lineOf, markdownOf } from '../../src/verify/report/annotations.ts';
import { badgeOf } from '../../src/verify/report/badge.ts';
import { sarifOf } from '../../src/verify/report/sarif.ts';
import { failureOf, hostile, report, result, row, sample, secret, token } from './reports-fixture.ts';

const text = `openapi: 3.1.0
paths:
  /v1/products:
    summary: all of them
    get: { responses: {} }
    post:
      responses: {}
  /v1/products/{id}:
    delete:
      responses: {}
`;
const document = { file: 'api/openapi.yaml', lines: operationLines(text) };
const stale = [
  { entry: { row: 'PD1', operation: 'GET /v1/products', reason: 'r' }, place: 'verify-baseline.yaml:3' },
];
const accepted = result(row('ET3', 'caching'), 'accepted', {
  reason: 'until clients send If-Match',
  failure: failureOf({ operations: ['DELETE /v1/products/{id}'] }),
});

test('operations have their lines, in YAML and JSON', () => {
  expect([...document.lines]).toEqual(
    expect.arrayContaining([
      ['GET /v1/products', 5],
      ['POST /v1/products', 6],
      ['DELETE /v1/products/{id}', 9],
    ]),
  );
  const json = JSON.stringify({ paths: { '/a': { get: {} }, '/b': { put: {} } } }, null, 1);
  expect(operationLines(json).get('PUT /b')).toBe(
    json.split('\n').findIndex((line) => line.includes('put')) + 1,
  );
  expect(operationLines('[]').size).toBe(0);
});

test('a method that the document does not have is at the line of its path', () => {
  const failure = failureOf({ operations: ['TRACE /v1/products/{id}'] });
  expect(lineOf({ ...report([]), document }, failure)).toBe(document.lines.get('/v1/products/{id}'));
  const exchange = { method: 'TRACE', url: 'http://a/v1/products/4' } as Exchange;
  expect(new Contract(text).operationOf(exchange)).toBe('TRACE /v1/products/{id}');
  expect(new Contract(text).operationOf({ ...exchange, url: 'http://a/v1/none' })).toBeUndefined();
});

describe('SARIF', () => {
  const log: Log = JSON.parse(sarifOf(report([...sample.results, accepted], { document })));
  const run = log.runs[0]!;
  const results = run.results!;

  test('has a result for each failure, at its operation', () => {
    expect(log.version).toBe('2.1.0');
    expect(
      results.map((found) => [
        found.ruleId,
        run.tool.driver.rules![found.ruleIndex!]!.id,
        found.locations![0]!.physicalLocation,
      ]),
    ).toEqual([
      ['VA2', 'VA2', { artifactLocation: { uri: 'api/openapi.yaml' }, region: { startLine: 6 } }],
      ['RL3', 'RL3', { artifactLocation: { uri: 'api/openapi.yaml' }, region: { startLine: 1 } }],
      ['ET3', 'ET3', { artifactLocation: { uri: 'api/openapi.yaml' }, region: { startLine: 9 } }],
    ]);
  });

  test('suppresses what is accepted, with the reason', () => {
    expect(results.map(({ suppressions }) => suppressions)).toEqual([
      undefined,
      undefined,
      [{ kind: 'external', status: 'accepted', justification: 'until clients send If-Match' }],
    ]);
  });

  test('holds no secrets, and one finding keeps its fingerprint when its operation moves', () => {
    for (const hidden of [secret, token]) expect(JSON.stringify(log)).not.toContain(hidden);
    const moved = { ...document, lines: operationLines(text.replace('paths:', 'info: {}\npaths:')) };
    const later = JSON.parse(sarifOf(report([...sample.results, accepted], { document: moved }))).runs[0]
      .results;
    expect(later[0].locations).not.toEqual(results[0]!.locations);
    expect(later[0].partialFingerprints).toEqual(results[0]!.partialFingerprints);
  });
});

describe('GitHub', () => {
  test('has an error for each failed row and stale entry, in a line each', () => {
    const lines = annotationsOf(report([...sample.results, accepted], { document, stale }))
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^::error file=api\/openapi\.yaml,line=6,title=VA2 All mistakes of a body are told at once::expected status 422, got /,
    );
    expect(lines[1]).toBe(
      '::error title=RL3 Title of RL3::expected no more than 10, got 11%0AHow to mend RL3.',
    );
    expect(lines[2]).toBe(
      '::error file=verify-baseline.yaml,line=3,title=PD1 passes::Delete this entry of the baseline.',
    );
    for (const hidden of [secret, token]) expect(lines.join()).not.toContain(hidden);
  });

  test('gets no commands, links, mentions or markup from the API', () => {
    const failure = failureOf({
      expected: 'one\n::add-mask::x',
      got: `x\r\n::warning::y @ada [a](http://b) | ${hostile}`,
      operations: ['GET /v1/products'],
    });
    const taken = report([result(row('VA2', 'errors', { title: 'a,b:c' }), 'failed', { failure })], {
      document,
    });
    expect(annotationsOf(taken).split('\n')).toHaveLength(2);
    expect(annotationsOf(taken)).toMatch(/^::error file=api\/openapi\.yaml,line=5,title=VA2 a%2Cb%3Ac::/);
    const markdown = markdownOf(taken);
    expect(markdown).not.toMatch(/<(?!\/?(code|details|summary)>)/);
    expect(markdown).not.toContain('@ada');
    expect(markdown.split('\n').find((line) => line.startsWith('- got:'))).toMatch(
      /^- got: <code>[^|]*<\/code>$/,
    );
  });

  test('gets a summary that begins with what matters', () => {
    const markdown = markdownOf(report([...sample.results, accepted], { document, stale }));
    const places = [
      '## ✖ Fails 2 of 7 rows',
      '### ✖ VA2',
      '### ✖ RL3',
      '### Entries of the baseline to delete',
      '### Accepted failures',
      '<summary>Scalability checklist',
      '<summary>All rows',
    ].map((part) => markdown.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(markdown).toContain(
      '- <code>verify-baseline.yaml:3</code>: PD1 <code>GET /v1/products</code> passes',
    );
  });
});

test('a badge has the verdict, and its colour', () => {
  const passed = result(row('PD1', 'errors'), 'passed');
  const badge = (...given: Parameters<typeof report>) => JSON.parse(badgeOf(report(...given)));
  expect(badge([passed])).toEqual({
    schemaVersion: 1,
    label: 'verify',
    message: '1 of 1 rows',
    color: 'brightgreen',
  });
  expect(badge([passed, accepted])).toMatchObject({ message: '1 of 2 rows', color: 'yellow' });
  expect(badge([passed], { stale })).toMatchObject({ color: 'red' });
  expect(badge(sample.results)).toMatchObject({ message: '4 of 6 rows', color: 'red' });
});
