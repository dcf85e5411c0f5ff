import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { contractVersion } from '../../src/verify/checks/index.ts';
import { hideInText, keepSecretsOf } from '../../src/verify/http/secrets.ts';
import { visible } from '../../src/verify/http/visible.ts';
import { markdownOf } from '../../src/verify/report/annotations.ts';
import { checklist } from '../../src/verify/report/checklist.ts';
import { htmlOf } from '../../src/verify/report/html.ts';
import { jsonOf } from '../../src/verify/report/json.ts';
import { openProgress } from '../../src/verify/report/progress.ts';
import type { Result } from '../../src/verify/report/result.ts';
import { summaryText } from '../../src/verify/report/summary.ts';
import {
  exchange,
  failureOf,
  hostile,
  report,
  result,
  row,
  sample,
  secret,
  token,
} from './reports-fixture.ts';

const hide = (text: string) => hideInText(text, () => '…');

describe('checklist', () => {
  const limited = row('RL1', 'limits', { evidence: ['limited'] });
  const also = row('RL2', 'limits', { evidence: ['limited', 'balanced'] });
  const answers = (...results: Parameters<typeof checklist>[0]) =>
    Object.fromEntries(checklist(results).map(({ question, ...rest }) => [question, rest]));

  test('has ten answers in the order of the questions', () => {
    expect(checklist([]).map(({ question }) => question)).toEqual([
      ...['stateless', 'pooled', 'asynchronous', 'cached', 'limited'],
      ...['observed', 'balanced', 'versioned', 'resilient', 'loaded'],
    ]);
  });

  test('says yes when rows passed and none failed', () => {
    const { limited: answer, stateless } = answers(result(limited, 'passed'), result(also, 'not-applicable'));
    expect(answer).toEqual({ answer: 'yes', passed: ['RL1'], failed: [] });
    expect(stateless).toEqual({ answer: 'unknown', passed: [], failed: [] });
  });

  test('says no when one failed, whatever passed', () => {
    const { limited: answer, balanced } = answers(result(limited, 'passed'), result(also, 'failed'));
    expect(answer).toEqual({ answer: 'no', passed: ['RL1'], failed: ['RL2'] });
    expect(balanced!.answer).toBe('no');
  });

  test('does not know without a row that was asked', () => {
    const { limited: answer } = answers(result(limited, 'skipped'), result(also, 'not-applicable'));
    expect(answer!.answer).toBe('unknown');
  });
});

describe('secrets', () => {
  test.each([
    ['{"password":"hidden"}', '{"password":"…"}'],
    ['{"newPassword" : "hidden"}', '{"newPassword" : "…"}'],
    [String.raw`{"accessToken":"hid\"den\\","name":"shown"}`, '{"accessToken":"…","name":"shown"}'],
    ['{"refresh_token":"hidden cut o', '{"refresh_token":"…"'],
    ['{"refreshToken":"hidden\\', '{"refreshToken":"…"'],
    [String.raw`["{\"password\":\"hid\\\"den\",\"a\":1}"]`, String.raw`["{\"password\":\"…\",\"a\":1}"]`],
    ['{"set-cookie":["hidden","hidden"],"a":1}', '{"set-cookie":"…","a":1}'],
    ['a: b\nAuthorization: Bearer hidden\nCookie: hidden=1', 'a: b\nAuthorization: Bearer …\nCookie: …'],
    ['sent Bearer hiddenhiddenhidden to it', 'sent Bearer … to it'],
    [`a token ${token} in a log`, 'a token … in a log'],
    ['GET /v1/me?access_token=hidden&limit=1', 'GET /v1/me?access_token=…&limit=1'],
    ['/a?x=1&token=hidden /b?key=hidden#c /d?api_key=hidden', '/a?x=1&token=… /b?key=…#c /d?api_key=…'],
    ['grant_type=password&password=hidden', 'grant_type=password&password=…'],
    [
      '{"clientSecret":"hidden","apiKey":"hidden","token":"hidden"}',
      '{"clientSecret":"…","apiKey":"…","token":"…"}',
    ],
    ['cannot connect to postgres://ada:hidden@db/shop', 'cannot connect to postgres://…@db/shop'],
  ])('are hidden in %s', (text, shown) => {
    expect(hide(text)).toBe(shown);
  });

  test.each([
    'WWW-Authenticate: Bearer resource_metadata="https://example.com", error="invalid_token"',
    '{"password":[],"passwordHint":"the usual","token_type":"Bearer"}',
    '/v1/products?cursor=eyJpZCI6IjEifQ.c2ln&status=draft&sort=-createdAt',
    'https://example.com/people?email=ada@example.com',
  ])('are not seen in %s', (text) => {
    expect(hide(text)).toBe(text.replace('[]', '"…"'));
  });
});

test('secrets of exchanges are hidden wherever they come back, even a part of one', () => {
  const [refreshToken, password, key, cookie] = ['r', 'p"', 'k', 'c'].map(
    (kind) => `${kind}-/${'0123456789'.repeat(2)}`,
  );
  keepSecretsOf(
    exchange({
      url: `http://localhost/v1/me?api_key=${encodeURIComponent(key!)}`,
      requestBody: JSON.stringify({ password, name: 'shown-as-it-stands' }),
      response: {
        status: 200,
        headers: { 'set-cookie': `session=${cookie}; Path=/; HttpOnly` },
        text: JSON.stringify({ refreshToken, message: 'HttpOnly' }),
      },
    }),
  );
  for (const secret of [refreshToken!, password!, key!, cookie!]) {
    const forms = [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      secret.slice(0, 15),
    ];
    for (const form of forms) expect(hide(`before ${form} after`)).toBe('before … after');
  }
  expect(hide('shown-as-it-stands HttpOnly')).toBe('shown-as-it-stands HttpOnly');
});

test('visible shows what a terminal would act on', () => {
  expect(visible('a\u001b[31m\r\n\tb\u009b\u202e\ud800é😀')).toBe(
    'a\\u001b[31m\\r\n\tb\\u009b\\u202e\\ud800é😀',
  );
});

describe('progress', () => {
  function told(isTTY: boolean, env: NodeJS.ProcessEnv, json = false): { stdout: string; stderr: string } {
    const texts = { stdout: '', stderr: '' };
    const output = (name: keyof typeof texts) => ({
      isTTY,
      columns: 40,
      write: (text: string) => {
        texts[name] += text;
      },
    });
    const progress = openProgress({ stdout: output('stdout'), stderr: output('stderr'), env, json });
    progress.stage(`starts 2 instances\u001b[2J ${'x'.repeat(60)}`);
    for (const [place, one] of sample.results.entries()) {
      progress.begin(one.row, place + 1, sample.results.length);
      progress.end(one);
    }
    progress.close();
    return texts;
  }

  test('is plain lines without a terminal', () => {
    const lines = told(false, {}).stdout.split('\n');
    expect(lines.slice(1)).toEqual([
      'ok PD1 Every error is a problem document (RFC 9457) (12 ms)',
      'not ok VA2 All mistakes of a body are told at once (12 ms)',
      'ok PG2 Title of PG2 (12 ms)',
      'ok PG6 Title of PG6 (3.4 s)',
      'not ok RL3 Title of RL3 (12 ms)',
      'ok RL1 Title of RL1 (12 ms)',
      '',
    ]);
  });

  test.each([{ TERM: 'dumb' }, { CI: 'true' }, { ACCESSIBLE: '1' }])('is plain with %o', (env) => {
    const text = told(true, env).stdout;
    expect(text).toBe(told(false, {}).stdout);
    expect(text).toMatch(/^starts 2 instances\\u001b/);
    expect(text).not.toContain('\u001b');
  });

  test('goes to the standard error when the standard output is a document', () => {
    const { stdout, stderr } = told(false, {}, true);
    expect(stdout).toBe('');
    expect(stderr).toContain('ok PD1');
  });

  test('is a list with a current line on a terminal', () => {
    const text = told(true, {}).stdout;
    const clear = '\r\u001b[2K';
    expect(text).toContain(`${clear}  \u001b[32m✔\u001b[39m PD1 `);
    expect(text).toContain('\u001b[31m✖\u001b[39m VA2 ');
    expect(text.endsWith(clear)).toBe(true);
    expect(text).not.toContain('LD1  Title of LD1');
    const current = text
      .split(clear)
      .filter((line) => !line.includes('\n'))
      .map(stripVTControlCharacters);
    expect(current[2]).toBe('  1/10 PD1 Every error is a problem doc');
    for (const line of current) expect(line.length).toBeLessThan(40);
  });

  test('shows a row that is still being asked after the end of another', () => {
    let text = '';
    const output = { isTTY: true, columns: 40, write: (part: string) => (text += part) };
    const progress = openProgress({ stdout: output, stderr: output, env: { NO_COLOR: '1' }, json: false });
    const [first, second] = sample.results as [Result, Result];
    progress.begin(second.row, 1, 2);
    progress.begin(first.row, 2, 2);
    progress.end(first);
    expect(text.endsWith('\r\u001b[2K  1/2 VA2 All mistakes of a body are to')).toBe(true);
  });

  test('has a current line too where the width is not known', () => {
    let text = '';
    const output = { isTTY: true, columns: 0, write: (part: string) => (text += part) };
    openProgress({ stdout: output, stderr: output, env: {}, json: false }).stage('starts');
    expect(text).toContain('starts …');
  });

  test('moves the cursor but has no colour with NO_COLOR', () => {
    const text = told(true, { NO_COLOR: '1' }).stdout;
    expect(text).toContain('\r\u001b[2K  ✔ PD1 ');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are looked for
    expect(text).not.toMatch(/\u001b\[\d+m/);
  });
});

describe('summary', () => {
  const text = summaryText(sample, { colour: false });

  test('tells of a failure what was sent, got and expected, and how to go on', () => {
    const simple = exchange({ method: 'PUT', requestHeaders: { 'if-match': '"1"' }, requestBody: '{"a":1}' });
    const failure = failureOf({
      expected: 'status 412',
      got: 'status 200',
      exchanges: [simple],
      curl: 'curl -X PUT x',
    });
    const shown = summaryText(report([result(row('ET3', 'caching'), 'failed', { failure })]), {
      colour: false,
    });
    expect(shown.slice(0, shown.lastIndexOf('\n\n'))).toBe(
      `
✖ ET3 Title of ET3
  sent      PUT http://localhost:3000/v1/products
            if-match: "1"

            {"a":1}
  got       status 200
  expected  status 412
  contract  What ET3 wants. (RFC 9110, section 15)
  remedy    How to mend ET3.
  again     curl -X PUT x`,
    );
  });

  test('has the checklist with its evidence', () => {
    expect(text).toContain('✔ Is it stateless?                       yes (PG2, PG6)\n');
    expect(text).toContain('✖ Is it rate limited?                    no: RL3 failed\n');
    expect(text).toContain('– Are connections pooled and bounded?    no evidence\n');
    // Nobody has asked.
    expect(text).not.toContain('Was it tested under load?');
    const unasked = [result(row('LD1', 'observability', { evidence: ['loaded'] }), 'skipped')];
    expect(summaryText(report(unasked), { colour: false })).not.toContain('checklist');
  });

  test('groups what was not applicable, and ends with the verdict', () => {
    expect(text).toContain('Left to the balancer\n  the server has no setting for it: SL1\n');
    expect(text).toContain('Not applicable\n  the project has no shared cache: CH1, CH2\n');
    expect(text.trimEnd().split('\n').at(-1)).toBe(
      '✖ Fails 2 of 6 rows of http://localhost:3000 (4 passed, 2 failed, 1 left to the balancer, 2 not applicable, 1 skipped; 12.3 s)',
    );
    expect(summaryText(report([]), { colour: false })).toContain('– No row ran of');
    const passed = result(row('PD1', 'errors'), 'passed');
    expect(summaryText(report([passed, passed]), { colour: false })).toContain(
      '✔ Passes all 2 selected rows of',
    );
  });

  test('lets nothing of the API through to the terminal', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are looked for
    expect(text).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(text).toContain('\\u001b]0;taken');
    expect(stripVTControlCharacters(summaryText(sample, { colour: true }))).toBe(text);
  });
});

describe('the report of an API that is not a generated project', () => {
  const status = (code: number) => [exchange({ response: { status: code, headers: {}, text: hostile } })];
  const failing = (of: ReturnType<typeof row>, changes = {}) =>
    result(of, 'failed', { failure: failureOf({ exchanges: status(200), ...changes }) });
  const left = (id: string, reason: string) => result(row(id, 'lists'), 'not-applicable', { reason });
  const of = (...results: Result[]) =>
    report(results, {
      foreign: true,
      mapped: ['page_size for limit', hostile],
      checklist: checklist(results, true),
    });
  const review = of(
    failing(row('ME1', 'errors')),
    failing(row('OA1', 'versioning')),
    failing(row('VA1', 'errors'), { exchanges: status(500) }),
    failing(row('AU1', 'authentication')),
    failing(row('IT1', 'correctness'), { hindrance: 'could not make an item: status 422' }),
    failing(row('MO3', 'correctness')),
    result(row('ET2', 'caching', { evidence: ['cached', 'observed'] }), 'passed'),
    failing(row('ID1', 'observability', { evidence: ['observed'] })),
    ...Array.from({ length: 40 }, (_, place) => left(`CH${place}`, 'its processes stay untouched')),
    left('BL1', 'verify.yaml names no setting for BODY_LIMIT_BYTES'),
    left('LS1', 'verify.yaml names no setting for MAX_INFLIGHT'),
    left('PG2', 'the document describes no parameter for a cursor'),
    left('IK1', 'the document describes no Idempotency-Key'),
  );
  const text = summaryText(review, { colour: false });

  test('tells what matters first, by kind, and what to do', () => {
    const { findings, mapped } = jsonOf(review);
    expect(findings.map(({ rows }) => rows)).toEqual([
      ['IT1'],
      ['AU1'],
      ['VA1'],
      ['MO3'],
      ['OA1'],
      ['ME1'],
      ['ID1'],
    ]);
    expect(mapped[0]).toBe('page_size for limit');
    const places = [
      '1. Nothing else can be asked',
      '✖ IT1',
      '2. Callers get',
      '✖ AU1',
      '3. Requests that are wrong',
    ].map((part) => text.indexOf(part));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test('takes no refusal for an opening, no outage for a wrong request, and tells what errors give away', () => {
    const refused = { exchanges: status(401), expected: 'a header WWW-Authenticate' };
    const { findings } = jsonOf(
      of(
        failing(row('AU1', 'authentication'), refused),
        failing(row('AU4', 'authentication'), { exchanges: status(401), expected: 'status 429' }),
        failing(row('PD3', 'errors'), { exchanges: status(500) }),
        failing(row('DG1', 'lifecycle'), { exchanges: status(500) }),
      ),
    );
    expect(findings.map(({ title, rows }) => [title, rows])).toEqual([
      ['Callers get what is not for them', ['AU4', 'PD3']],
      ['Clients, proxies and caches rely on this of HTTP', ['AU1']],
      ['Operation', ['DG1']],
    ]);
  });

  test('folds what was not asked, and judges by no words that its owner has not agreed to', () => {
    expect(text).toContain('its processes stay untouched: 40 rows');
    expect(text).toContain(
      'the document does not describe: parameter for a cursor (PG2), Idempotency-Key (IK1)',
    );
    expect(text).toContain(
      '\n  verify.yaml names no setting for: BODY_LIMIT_BYTES (BL1), MAX_INFLIGHT (LS1)\n',
    );
    expect(text).toContain('  source    RFC 9110, section 15');
    expect(text).not.toContain('contract  ');
    expect(text).toContain('Asked in the names of the API\n  page_size for limit, ');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are looked for
    expect(text).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  });

  test('takes no style for a fact: what it lacks of one is no evidence', () => {
    const answers = Object.fromEntries(review.checklist.map(({ question, answer }) => [question, answer]));
    expect(answers).toMatchObject({ cached: 'yes', observed: 'unknown', balanced: 'unknown' });
  });

  test('leaves an API without failures alone', () => {
    const fine = of(result(row('ME1', 'errors'), 'passed'));
    expect(jsonOf(fine).findings).toEqual([]);
    expect(htmlOf(fine)).not.toContain('What to do');
  });

  test('is the same on a page and in the summary of a step', () => {
    const page = htmlOf(review);
    expect(page).toContain('What to do, in this order');
    expect(page).not.toContain('id="CH1"');
    expect(page).toContain('<li>its processes stay untouched: 40 rows</li>');
    expect(page).not.toContain('<script>');
    const markdown = markdownOf(review);
    expect(markdown).toContain('**1. Nothing else can be asked before this is fixed.**');
    expect(markdown).not.toContain('<script>');
  });
});

describe('json', () => {
  test('has a stable form', () => {
    const document = jsonOf(sample);
    expect({ ...document, rows: document.rows.map(({ id }) => id) }).toEqual({
      format: 1,
      contract: contractVersion,
      ok: false,
      target: 'http://localhost:3000',
      mapped: [],
      findings: [],
      ms: 12346,
      counts: { passed: 4, failed: 2, accepted: 0, 'left-to-balancer': 1, 'not-applicable': 2, skipped: 1 },
      stale: [],
      checklist: expect.arrayContaining([
        { question: 'limited', title: 'Is it rate limited?', answer: 'no', passed: ['RL1'], failed: ['RL3'] },
      ]),
      rows: sample.results.map(({ row: { id } }) => id),
    });
    expect(document.rows[6]).toEqual({
      id: 'RL3',
      revision: 1,
      group: 'limits',
      title: 'Title of RL3',
      outcome: 'failed',
      reason: '',
      ms: 12,
      expected: 'What RL3 wants.',
      source: 'RFC 9110, section 15',
      remedy: 'How to mend RL3.',
      failure: { expected: 'no more than 10', got: '11', operations: [], curl: null, exchanges: [] },
    });
    expect(document.rows[1]!.failure!.exchanges[1]).toMatchObject({
      method: 'POST',
      requestHeaders: { authorization: 'Bearer …', cookie: '…' },
      error: null,
      ms: 4,
    });
    expect(jsonOf(report([])).ok).toBe(true);
  });

  test('keeps hostile texts as they came, and hides secrets', () => {
    const text = JSON.stringify(jsonOf(sample));
    expect(JSON.parse(text)).toEqual(jsonOf(sample));
    expect(jsonOf(sample).rows[1]!.failure!.exchanges[1]!.response!.headers['x-note']).toBe(hostile);
    for (const hidden of [secret, token]) expect(text).not.toContain(hidden);
  });

  test('cuts off long bodies and hides who signs in to the target', () => {
    const failure = failureOf({
      exchanges: [exchange({ response: { status: 200, headers: {}, text: 'x'.repeat(5000) } })],
    });
    const long = report([result(row('PD1', 'errors'), 'failed', { failure })]);
    const document = jsonOf({ ...long, target: `https://ada:${secret}@example.com/api` });
    expect(document.rows[0]!.failure!.exchanges[0]!.response!.text).toBe(
      `${'x'.repeat(4096)}… (904 more characters)`,
    );
    expect(document.target).toBe('https://…@example.com/api');
  });
});
