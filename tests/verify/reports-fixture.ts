import type { Row } from '../../src/verify/checks/row.ts';
import type { Exchange } from '../../src/verify/http/exchange.ts';
import { checklist } from '../../src/verify/report/checklist.ts';
import type { Failure, Report, Result } from '../../src/verify/report/result.ts';

/** What a bad API could answer with, to reach whoever reads a report. */
export const hostile =
  '</pre></style><script>document.title="taken"</script><img src=x onerror="document.title=\'taken\'">' +
  '"\'&]]>\u001b]0;taken\u0007\u001b[31m\u0000\u009b\u202e\ud800\uffff' +
  'x'.repeat(200);

export const secret = 'correct-horse-battery-staple';
export const token = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(secret).toString('base64url')}.c2lnbmF0dXJl`;

export function row(id: string, group: Row['group'], changes: Partial<Row> = {}): Row {
  return {
    id,
    group,
    title: `Title of ${id}`,
    expected: `What ${id} wants.`,
    source: 'RFC 9110, section 15',
    remedy: `How to mend ${id}.`,
    evidence: [],
    needs: [],
    quick: true,
    run: async () => {},
    ...changes,
  };
}

export function exchange(changes: Partial<Exchange> = {}): Exchange {
  return {
    method: 'GET',
    url: 'http://localhost:3000/v1/products',
    requestHeaders: {},
    requestBody: undefined,
    response: { status: 200, headers: {}, text: '' },
    error: undefined,
    ms: 4.4,
    ...changes,
  };
}

export function result(of: Row, outcome: Result['outcome'], changes: Partial<Result> = {}): Result {
  return { row: of, outcome, reason: '', ms: 12.3, ...changes };
}

export function failureOf(changes: Partial<Failure> = {}): Failure {
  return {
    expected: 'less',
    got: 'more',
    exchanges: [],
    operations: [],
    isComplete: false,
    curl: undefined,
    ...changes,
  };
}

export function report(results: Result[], changes: Partial<Report> = {}): Report {
  return {
    target: 'http://localhost:3000',
    results,
    checklist: checklist(results),
    stale: [],
    ms: 12_345.6,
    ...changes,
  };
}

const login = exchange({
  method: 'POST',
  url: 'http://localhost:3000/v1/auth/login',
  requestHeaders: { 'content-type': 'application/json', 'content-length': '80' },
  requestBody: JSON.stringify({ email: 'ada@example.com', password: secret }),
  response: {
    status: 200,
    headers: { 'content-type': 'application/json', 'set-cookie': `session=${secret}; HttpOnly` },
    text: JSON.stringify({ accessToken: token, refreshToken: secret, tokenType: 'Bearer' }),
  },
});

const failure = failureOf({
  expected: 'status 422',
  got: `status 200: {"refreshToken":"${secret}","detail":"${hostile}"}`,
  exchanges: [
    login,
    exchange({
      method: 'POST',
      requestHeaders: { authorization: `Bearer ${token}`, cookie: `session=${secret}` },
      requestBody: `{"name":"${hostile}","password":"${secret}"}`,
      response: { status: 200, headers: { 'x-note': hostile }, text: `<html>${hostile}` },
    }),
  ],
  operations: ['POST /v1/products'],
  curl: 'curl -i http://localhost:3000/v1/products',
});

/** A report with every outcome, secrets and hostile texts in it. */
export const sample = report([
  result(row('PD1', 'errors', { title: 'Every error is a problem document (RFC 9457)' }), 'passed'),
  result(row('VA2', 'errors', { title: 'All mistakes of a body are told at once' }), 'failed', { failure }),
  result(row('PG2', 'lists', { evidence: ['stateless', 'cached'] }), 'passed'),
  result(row('PG6', 'lists', { evidence: ['stateless'] }), 'passed', { ms: 3400 }),
  result(row('CH1', 'caching', { evidence: ['cached', 'balanced'] }), 'not-applicable', {
    reason: 'the project has no shared cache',
  }),
  result(row('CH2', 'caching', { evidence: ['cached'] }), 'not-applicable', {
    reason: 'the project has no shared cache',
  }),
  result(row('RL3', 'limits', { evidence: ['limited', 'balanced'] }), 'failed', {
    failure: failureOf({ expected: 'no more than 10', got: '11' }),
  }),
  result(row('RL1', 'limits', { evidence: ['limited'] }), 'passed'),
  result(row('SL1', 'lifecycle', { evidence: ['pooled'] }), 'left-to-balancer', {
    reason: 'the server has no setting for it',
  }),
  result(row('LD1', 'observability', { evidence: ['loaded'] }), 'skipped', { reason: '--quick' }),
]);
