// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are programs that operators change
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Lang, parse } from '@ast-grep/napi';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../mutation/ask.js';
import { type Mutant, mutantsOf } from '../mutation/change.js';
import { Coverage, differenceOf, unrunIn } from '../mutation/coverage.js';
import { ruledOut } from '../mutation/equivalence.js';
import { Judge } from '../mutation/judge.js';
import { mutantsOfFile } from '../mutation/languages.js';
import { luaOperators } from '../mutation/operators/lua.js';
import { openapiOperators } from '../mutation/operators/openapi.js';
import { pythonOperators } from '../mutation/operators/python.js';
import { sqlOperators } from '../mutation/operators/sql.js';
import { typescriptOperators } from '../mutation/operators/typescript.js';
import type { Result } from '../mutation/results.js';
import { ordered } from '../mutation/sample.js';
import { scoreOf, scoreText } from '../mutation/score.js';
import { type Survivor, Waiting } from '../mutation/waiting.js';

/** For each operator: a text, and all that it makes of it. */
type Examples = Record<string, [before: string, ...after: string[]]>;

const typescript: Examples = {
  'drop-await': ['await f(); const a = await g();', 'f(); const a = await g();'],
  'drop-statement': ['f(); if (a) throw b;', '; if (a) throw b;', 'f(); if (a) ;'],
  'negate-condition': ['if (a) b ? c : d;', 'if (!(a)) b ? c : d;', 'if (a) !(b) ? c : d;'],
  'always-true': ['if (a) while (b);', 'if (true) while (b);'],
  'always-false': ['const x = a ? b : c;', 'const x = false ? b : c;'],
  'drop-term': ['const x = a && b;', 'const x = a;', 'const x = b;'],
  'swap-logical': ['const x = a && b;', 'const x = a || b;'],
  'swap-comparison': ['const x = a <= b;', 'const x = a < b;'],
  'swap-equality': ['const x = a === b;', 'const x = a !== b;'],
  'swap-arithmetic': ['a += b * c;', 'a += b / c;', 'a -= b * c;'],
  'off-by-one': ['const a: 5 = 1_0 + 1_000;', 'const a: 5 = 11 + 1_000;'],
  'off-by-thousand': ['f(0, 5, 2000);', 'f(0, 5000, 2000);', 'f(0, 5, 2);'],
  'flip-boolean': ['f(true, false);', 'f(false, false);', 'f(true, true);'],
  'empty-string': [
    "import a from 'a'; type B = 'b'; f('c', 'some words'); throw new Error('d');",
    "import a from 'a'; type B = 'b'; f('', 'some words'); throw new Error('d');",
  ],
  'drop-interpolation': ['const a = `x:${y}:${z}`;', 'const a = `x::${z}`;', 'const a = `x:${y}:`;'],
  'drop-entry': [
    'const a = { b: 1, c, ...d };',
    'const a = { c, ...d };',
    'const a = { b: 1, ...d };',
    'const a = { b: 1, c };',
  ],
  'early-return': ['const a = () => { b(); };', 'const a = () => { return; b(); };'],
  'return-nothing': ['const a = () => b;', 'const a = () => undefined;'],
  'swap-arguments': ["f(a, b.c, 'd');", "f(b.c, a, 'd');"],
  'drop-handler': ['try { a(); } catch { b(); }', 'try { a(); } catch {}'],
  'off-by-one-slice': ['a.slice(b, 2);', 'a.slice(b + 1, 2);'],
  'drop-call': ['const a = f(b.trim());', 'const a = b.trim();', 'const a = f(b);'],
  'swap-function': ['Math.min(a, b);', 'Math.max(a, b);'],
  'drop-anchor': ['const a = /^b$/;', 'const a = /b$/;', 'const a = /^b/;'],
};

const python: Examples = {
  'drop-await': ['await f()\na = await g()', 'f()\na = await g()'],
  'drop-statement': ['f()\nraise a', 'pass\nraise a', 'f()\npass'],
  'negate-condition': ['if a:\n    b', 'if not (a):\n    b'],
  'always-true': ['x = a if b else c', 'x = a if True else c'],
  'always-false': [
    'if a:\n    b\nelif c:\n    d',
    'if False:\n    b\nelif c:\n    d',
    'if a:\n    b\nelif False:\n    d',
  ],
  'drop-term': ['x = a or b', 'x = a', 'x = b'],
  'swap-logical': ['x = a or b', 'x = a and b'],
  'swap-comparison': ['x = a < b < c', 'x = a <= b < c', 'x = a < b <= c'],
  'swap-equality': ['x = a is not b', 'x = a is b'],
  'swap-arithmetic': ['x = a - b', 'x = a + b'],
  'off-by-one': ['x = 5', 'x = 6'],
  'off-by-thousand': ['x = 3.5', 'x = 3500'],
  'flip-boolean': ['f(a=True)', 'f(a=False)'],
  'empty-string': [
    '"""Doc."""\nx: Literal["a"] = f("b", "some words")',
    '"""Doc."""\nx: Literal["a"] = f("", "some words")',
  ],
  'drop-interpolation': ['x = f"a:{b}"', 'x = f"a:"'],
  'drop-entry': ['f({"a": 1, **b}, c=d)', 'f({**b}, c=d)', 'f({"a": 1}, c=d)', 'f({"a": 1, **b})'],
  'drop-field': [
    'class A:\n    b: int = 1\n    c: str',
    'class A:\n    pass\n    c: str',
    'class A:\n    b: int = 1\n    pass',
  ],
  'drop-decorator': ['@a\n@b()\ndef c(): ...', '\n@b()\ndef c(): ...', '@a\n\ndef c(): ...'],
  'drop-depends': [
    'def f(a: Annotated[T, Path()], b=Depends(g)): ...',
    'def f(a: T, b=Depends(g)): ...',
    'def f(a: Annotated[T, Path()], b=None): ...',
  ],
  'early-return': [
    'def f() -> None:\n    """Doc."""\n    a()\n\ndef g() -> int:\n    return b',
    'def f() -> None:\n    """Doc."""\n    return\n    a()\n\ndef g() -> int:\n    return b',
  ],
  'return-nothing': ['def f():\n    return a', 'def f():\n    return None'],
  'swap-arguments': ['f(a, b.c, d=e)', 'f(b.c, a, d=e)'],
  'drop-handler': ['try:\n    a()\nexcept B:\n    c()\n    d()', 'try:\n    a()\nexcept B:\n    pass'],
  'off-by-one-slice': ['x = a[b:2]', 'x = a[b + 1:2]'],
  'drop-call': ['x = f(a.strip())', 'x = a.strip()', 'x = f(a)'],
  'swap-function': ['x = min(a, b)', 'x = max(a, b)'],
  'drop-anchor': ['x = r"^a$"', 'x = r"a$"', 'x = r"^a"'],
};

const statement =
  'select a from t where b = $1 and (c is null or d > $2) order by e desc, f limit $3 for update';
const lua: Examples = {
  'lua-drop-call': [
    "redis.call('DEL', KEYS[1])\nlocal a = math.min(b, math.ceil(c))",
    '\nlocal a = math.min(b, math.ceil(c))',
    "redis.call('DEL', KEYS[1])\nlocal a = (b)",
    "redis.call('DEL', KEYS[1])\nlocal a = (math.ceil(c))",
    "redis.call('DEL', KEYS[1])\nlocal a = math.min(b, (c))",
  ],
  'lua-off-by-one': ["-- 5\nreturn f(ARGV[1], 5, 'a1')", "-- 5\nreturn f(ARGV[1], 6, 'a1')"],
  'lua-off-by-thousand': ['return ARGV[1] * 2000', 'return ARGV[1] * 2'],
  'lua-swap-operator': ["return '-' .. (a - b)", "return '-' .. (a + b)"],
  'lua-swap-function': ['return math.floor(a)', 'return math.ceil(a)'],
  'lua-always-true': ['if a > 0 then\nend', 'if true then\nend'],
  'lua-always-false': ['if a > 0 then\nend', 'if false then\nend'],
};

const sql: Examples = {
  'sql-drop-condition': [
    statement,
    statement.replace('b = $1 and ', ''),
    statement.replace(' and (c is null or d > $2)', ''),
    statement.replace('c is null or ', ''),
    statement.replace(' or d > $2', ''),
  ],
  'sql-drop-order': [
    statement,
    statement.replace('e desc,', ''),
    statement.replace(', f', ''),
    statement.replace(' desc', ' '),
  ],
  'sql-drop-limit': [statement, statement.replace('limit $3', '')],
  'sql-drop-on-conflict': [
    'insert into a values (1) on conflict (b) do nothing returning c',
    'insert into a values (1)  returning c',
  ],
  'sql-drop-lock': [statement, statement.replace('for update', '')],
  'sql-swap-comparison': [statement, statement.replace('>', '>=')],
  'sql-drop-constraint': [
    'create table a (b text not null, c text unique);',
    'create table a (b text , c text unique);',
    'create table a (b text not null, c text );',
  ],
  'sql-drop-index': ['create index a on b (c);\n', '\n'],
};

const document = `paths:
  /a:
    post:
      security: [{ bearer: [] }]
      x-limit: 1
      requestBody:
        schema: { $ref: "#/components/schemas/In" }
      responses:
        schema: { $ref: "#/components/schemas/Out" }
components:
  schemas:
    In:
      required: [a, b]
      properties:
        a: { type: string, maxLength: 5, enum: [x, y] }
        b:
          minimum: 0
    Out:
      required: [a, b]
      maxProperties: 2
`;
const openapi: Examples = {
  'openapi-drop-constraint': [
    document,
    document.replace(' maxLength: 5,', ''),
    document.replace('          minimum: 0\n', ''),
  ],
  'openapi-drop-extension': [document, document.replace('      x-limit: 1\n', '')],
  'openapi-drop-security': [document, document.replace('[{ bearer: [] }]', '[]')],
  'openapi-drop-required': [document, document.replace('[a, b]', '[b]'), document.replace('[a, b]', '[a]')],
  'openapi-drop-value': [document, document.replace('[x, y]', '[y]'), document.replace('[x, y]', '[x]')],
};

const languages = [
  { file: 'src/a.ts', examples: typescript, operators: typescriptOperators, parsed: Lang.TypeScript },
  { file: 'app/a.py', examples: python, operators: pythonOperators, parsed: 'python' },
  { file: 'redis/a.lua', examples: lua, operators: luaOperators, parsed: undefined },
  { file: 'migrations/1.sql', examples: sql, operators: sqlOperators, parsed: undefined },
  { file: 'openapi.yaml', examples: openapi, operators: openapiOperators, parsed: undefined },
];

describe.each(languages)('operators for $file', ({ file, examples, operators, parsed }) => {
  it.each(Object.entries(examples))('%s', (operator, [before, ...after]) => {
    const made = mutantsOfFile(file, before).filter((mutant) => mutant.operator === operator);
    expect(made.map(({ text }) => text).sort()).toEqual(after.sort());
    for (const { text } of parsed ? made : [])
      expect(
        parse(parsed!, text)
          .root()
          .findAll({ rule: { kind: 'ERROR' } }),
        text,
      ).toEqual([]);
  });

  it('have an example each', () => {
    const own = operators
      .map(({ name }) => name)
      .filter((name) => file.endsWith('.sql') || !name.startsWith('sql-'));
    expect(own.filter((name) => !(name in examples))).toEqual([]);
  });
});

describe('SQL in strings', () => {
  it.each([
    [
      'src/a.ts',
      'const a = `select ${list(b)} from t where c = $1`;',
      'const a = `select ${list(b)} from t `;',
    ],
    ['app/a.py', 'a = f"select {b} from t where c = :c"', 'a = f"select {b} from t "'],
  ])('is changed in %s', (file, before, after) => {
    const made = mutantsOfFile(file, before).filter(({ operator }) => operator === 'sql-drop-condition');
    expect(made.map(({ text }) => text)).toEqual([after]);
  });

  it('is not found in prose', () => {
    const text = '"""One row more than the limit, where there is one: it tells."""\n';
    expect(mutantsOfFile('app/a.py', text)).toEqual([]);
  });
});

describe('mutants', () => {
  it('are made of what serves', () => {
    for (const file of [
      'tests/a.ts',
      'scripts/a.ts',
      'src/auth/account-command.ts',
      'src/jobs/command.ts',
      'src/a.md',
    ])
      expect(mutantsOfFile(file, 'f();')).toEqual([]);
  });

  it('show their lines, and have a hash that does not depend on the lines around', () => {
    const change = { operator: 'x', start: 6, end: 7, text: 'B' };
    const [mutant] = mutantsOf('f', 'one\n  b c\ntwo', [change]);
    expect(mutant).toMatchObject({ line: 2, before: 'b c', after: 'B c', text: 'one\n  B c\ntwo' });
    const [moved] = mutantsOf('f', 'zero\n  b c', [{ ...change, start: 7, end: 8 }]);
    expect(moved!.hash).toBe(mutant!.hash);
  });

  it('in lines that are alike have hashes of their own', () => {
    const hashes = mutantsOfFile('src/a.ts', 'f();\nf();').map(({ hash }) => hash);
    expect(new Set(hashes).size).toBe(2);
  });
});

const mutant = (operator: string, file: string, number: number): Mutant => ({
  hash: `${operator}${file}${number}`,
  operator,
  file,
  line: 1,
  before: '',
  after: '',
  text: '',
});

describe('a sample', () => {
  const many = ['a', 'b', 'c'].flatMap((operator, index) =>
    ['x', 'y'].flatMap((file) =>
      Array.from({ length: 10 ** (index + 1) }, (_, number) => mutant(operator, file, number)),
    ),
  );

  it('has as many of each operator and file as there are', () => {
    const order = ordered(many, 1);
    expect(order).toHaveLength(many.length);
    const first = order.slice(0, 6);
    for (const operator of ['a', 'b', 'c'])
      expect(first.filter((each) => each.operator === operator)).toHaveLength(2);
    expect(first.filter(({ file }) => file === 'x')).toHaveLength(3);
  });

  it('is the same for the same seed', () => {
    expect(ordered(many.toReversed(), 1)).toEqual(ordered(many, 1));
    expect(ordered(many, 2)).not.toEqual(ordered(many, 1));
  });
});

describe('the judge', () => {
  const failed = (row: string, ...others: string[]): Answer => ({
    outcome: 'failed',
    row,
    got: '',
    failed: [row, ...others],
    passed: [],
  });
  const passed: Answer = { outcome: 'passed' };
  const broken: Answer = { outcome: 'broken', got: '' };

  /** A judge who gets these answers, one after another, and what it has asked. */
  function judgeOf(answers: Answer[]) {
    const asked: string[] = [];
    const ask = async (folder: string, args: readonly string[]) => {
      asked.push([folder, ...args].join(' ').replace(/--skip \w+,\S+/, '--skip QUICK'));
      return answers.shift()!;
    };
    return { judge: new Judge('whole', ask), asked };
  }

  /** The verdict of the quick rows. */
  async function judged(...answers: Answer[]) {
    const { judge, asked } = judgeOf(answers);
    const outcome = (await judge.quickly('mutant'))?.outcome;
    expect(answers).toEqual([]);
    return { outcome, asked };
  }

  /** The verdicts of the other rows on some mutants. */
  async function judgedTogether(group: string[], ...answers: Answer[]) {
    const { judge, asked } = judgeOf(answers);
    const verdicts = await judge.rest(group, async (folders) => folders.join('+'));
    expect(answers).toEqual([]);
    return { outcomes: verdicts.map(({ outcome }) => outcome), asked };
  }

  it('finds what fails twice, and passes without the mistake', async () => {
    expect(await judged(failed('VA1'), failed('VA1'), passed)).toEqual({
      outcome: 'found',
      asked: ['mutant --quick --bail', 'mutant --only VA1', 'whole --only VA1'],
    });
  });

  it('says nothing of what passes the quick rows', async () => {
    expect(await judged(passed)).toEqual({ outcome: undefined, asked: ['mutant --quick --bail'] });
  });

  it('finds what fails only behind other rows', async () => {
    expect((await judged(failed('OA1'), passed, failed('OA1'), passed)).outcome).toBe('found');
  });

  it('goes on behind a row that fails once', async () => {
    const { outcome, asked } = await judged(failed('VA1'), passed, passed, passed);
    expect(outcome).toBeUndefined();
    expect(asked[3]).toBe('mutant --quick --bail --skip VA1');
  });

  it('does not trust a row that fails without the mistake', async () => {
    expect((await judged(failed('VA1'), failed('VA1'), failed('VA1'))).outcome).toBe('unclear');
  });

  it('tells what does not start', async () => {
    expect((await judged(broken, broken, passed)).outcome).toBe('start');
    expect((await judged(broken, broken, broken, passed)).outcome).toBeUndefined();
    expect((await judged(broken, passed, passed)).outcome).toBeUndefined();
  });

  it('gives up what does not end', async () => {
    expect((await judged({ outcome: 'endless', got: '' })).outcome).toBe('unclear');
  });

  it('asks the other rows once of mutants that pass them together', async () => {
    expect(await judgedTogether(['a', 'b'], passed)).toEqual({
      outcomes: ['escaped', 'escaped'],
      asked: ['a+b --skip QUICK'],
    });
  });

  it('asks each mutant the rows that fail on all of them together', async () => {
    const answers = [failed('GS1', 'TR1'), failed('TR1'), failed('TR1'), passed, passed];
    expect(await judgedTogether(['a', 'b'], ...answers)).toEqual({
      outcomes: ['found', 'escaped'],
      asked: [
        'a+b --skip QUICK',
        'a --only GS1,TR1 --bail',
        'a --only TR1',
        'whole --only TR1',
        'b --only GS1,TR1 --bail',
      ],
    });
  });

  it('asks those that are left together again where a row that looks back fails', async () => {
    const answers = [failed('TR1', 'OA1'), failed('TR1'), failed('TR1'), passed, passed, passed, passed];
    const { outcomes, asked } = await judgedTogether(['a', 'b', 'c'], ...answers);
    expect(outcomes).toEqual(['found', 'escaped', 'escaped']);
    expect(asked.slice(-3)).toEqual(['b --only TR1 --bail', 'c --only TR1 --bail', 'b+c --skip QUICK']);
  });

  it('divides mutants of which only a row that looks back fails', async () => {
    const { asked } = await judgedTogether(['a', 'b'], failed('OA1'), passed, passed);
    expect(asked).toEqual(['a+b --skip QUICK', 'a --bail --skip QUICK', 'b --bail --skip QUICK']);
  });

  it('divides mutants that do not start together', async () => {
    const { outcomes, asked } = await judgedTogether(['a', 'b', 'c'], broken, passed, broken, broken, passed);
    expect(outcomes).toEqual(['escaped', 'escaped', 'start']);
    expect(asked.slice(0, 3)).toEqual(['a+b+c --skip QUICK', 'a+b --skip QUICK', 'c --bail --skip QUICK']);
  });
});

describe('rules on mutants that nobody can tell', () => {
  const rule = (operator: string, before: string, after = '', file = 'src/a.ts') =>
    ruledOut({ operator, file, before, after });

  it('are about moments of the clock, and bounds that are promised nowhere', () => {
    expect(rule('swap-comparison', 'if (now < end) {')).toMatch(/moment/);
    expect(rule('swap-comparison', 'if (text.length > longest) {')).toMatch(/bound/);
    expect(rule('swap-comparison', 'if (text.length > config.LONGEST || now > end) {')).toBeUndefined();
    expect(rule('swap-comparison', 'if (count > limit) {')).toBeUndefined();
    expect(rule('off-by-thousand', 'const longest = 4096;')).toBeUndefined();
  });

  it('are about columns of the tables of the project, not of those of a resource', () => {
    const line = '"at" timestamptz(3) not null,';
    expect(rule('sql-drop-constraint', line, '', 'migrations/0002_auth.sql')).toMatch(/statements/);
    expect(rule('sql-drop-constraint', line, '', 'migrations/0101_products.sql')).toBeUndefined();
    expect(rule('sql-drop-constraint', '"a" text unique,', '', 'migrations/0002_auth.sql')).toBeUndefined();
  });

  it('are about timers that are left, not about timers that are not started', () => {
    expect(rule('drop-call', 'setInterval(ping, 5).unref();', 'setInterval(ping, 5);')).toMatch(/exit/);
    expect(rule('drop-statement', 'timer.unref();', ';')).toMatch(/exit/);
    expect(rule('drop-statement', 'setInterval(ping, 5).unref();', ';')).toBeUndefined();
  });
});

describe('what no process runs', () => {
  const of = (...ranges: [number, number, number][]) => ({
    ranges: ranges.map(([startOffset, endOffset, count]) => ({ startOffset, endOffset, count })),
  });
  const url = (file: string) => pathToFileURL(path.join(import.meta.dirname, file)).href;
  const unrun = unrunIn(
    [
      { result: [{ url: url('a.js'), functions: [of([0, 20, 1]), of([2, 12, 1], [4, 10, 0])] }] },
      { result: [{ url: url('a.js'), functions: [of([0, 20, 1]), of([2, 12, 1], [6, 9, 0])] }] },
      { result: [{ url: url('node_modules/b.js'), functions: [of([0, 5, 1])] }] },
    ],
    import.meta.dirname,
  );

  it('is what each of them left out', () => {
    expect(unrun).toEqual({ 'a.js': [[6, 9]] });
    const coverage = new Coverage(unrun);
    expect(coverage.runs('a.js', 6, 9)).toBe(false);
    expect(coverage.runs('a.js', 5, 7)).toBe(true);
    expect(coverage.runs('never-loaded.js', 0, 1)).toBe(false);
  });

  it('is not known of languages that V8 does not run', () => {
    expect(new Coverage({}).runs('a.py', 0, 1)).toBe(true);
  });

  it('is looked for where a program differs', () => {
    expect(differenceOf('abcd', 'abXd')).toEqual({ start: 2, end: 3 });
    expect(differenceOf('abcd', 'abXcd')).toEqual({ start: 1, end: 3 });
    expect(differenceOf('aab', 'ab')).toEqual({ start: 1, end: 2 });
  });
});

describe('mutants that wait', () => {
  const survivor = (file: string, number: number): Survivor => ({
    mutant: mutant('a', file, number),
    made: { folder: `${file}${number}`, files: {}, isRun: true },
  });
  const filesOf = (group: Survivor[] | undefined) => group?.map(({ made }) => made.folder);

  it('are taken together when a group is full, each from another file', () => {
    const waiting = new Waiting(2);
    waiting.add(survivor('x', 1));
    waiting.add(survivor('x', 2));
    expect(waiting.take(false)).toBeUndefined();
    waiting.add(survivor('y', 1));
    expect(filesOf(waiting.take(false))).toEqual(['x1', 'y1']);
    expect(waiting.take(false)).toBeUndefined();
    expect(filesOf(waiting.take(true))).toEqual(['x2']);
    expect(waiting.take(true)).toBeUndefined();
  });
});

describe('the score', () => {
  const { text: _, ...about } = mutant('a', 'x', 1);
  const results: Result[] = [
    { ...about, outcome: 'found', row: 'VA1', got: '' },
    { ...about, hash: '2', outcome: 'start', got: '' },
    { ...about, hash: '3', outcome: 'escaped' },
    { ...about, hash: '4', outcome: 'escaped' },
    { ...about, hash: '5', outcome: 'unclear', got: '' },
  ];
  const score = scoreOf(results, { seed: 1, date: '2026-01-31', equivalent: new Map([['4', 'no reason']]) });

  it('counts what became of mutants', () => {
    expect(score).toMatchObject({ sample: 5, found: 1, start: 1, escaped: 1, equivalent: 1, unclear: 1 });
    expect(score.operators).toEqual({ a: [1, 2] });
    expect(score.rows).toEqual({ VA1: 1 });
  });

  it('counts what no row runs, and what a rule says', () => {
    const escaped = { ...about, outcome: 'escaped' } as const;
    const ruled = { ...escaped, operator: 'swap-comparison', before: 'now < end' };
    const counted = scoreOf([{ ...escaped, isRun: false }, escaped, ruled], {
      seed: 1,
      date: '2026-01-31',
      equivalent: new Map(),
    });
    expect(counted).toMatchObject({ escaped: 2, unrun: 1, equivalent: 1 });
  });

  it('is shown as tables', () => {
    const text = scoreText({ fastify: score });
    expect(text).toContain('| fastify | 2026-01-31, 1 | 5 | 1 | 1 | 1 | 0 | 1 | 1 | 50 % |');
    expect(text).toContain('| `a` | 1 of 2 |');
    expect(text).toContain('| VA1 | 1 |');
  });
});
