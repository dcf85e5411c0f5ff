import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../e2e/project.js';
import { place, run, terminal, usePackage } from './fixture.js';

usePackage();

const questions = [
  'Project folder',
  'Start from',
  'Framework',
  'Database',
  'Cache and rate limits',
  'Authentication',
  'Queue for background jobs',
  'Deploy target',
  'CI',
  'Resource, empty',
  'Create the project?',
];
const flags = ['--no-install', '--no-git'];
const [hideCursor, showCursor] = ['\x1b[?25l', '\x1b[?25h'];
const [down, escapeKey, interrupt] = ['\x1b[B', '\x1b', '\x03'];

/** Waits for a question that was not there before. */
function dialogue(args: string[], env: Record<string, string> = {}) {
  const started = terminal(args, env);
  let seen = 0;
  return {
    ...started,
    async answer(question: string, keys: string) {
      await until(() => started.output().indexOf(question, seen) >= 0, started.output);
      seen = started.output().length;
      started.child.write(keys);
    },
  };
}

function answersOf(folder: string) {
  return JSON.parse(fs.readFileSync(path.join(place.here, folder, '.scalable-api.json'), 'utf8')).answers;
}

test('asks nothing when every flag is given', async () => {
  const { child, ended, output } = terminal(['shop', '--preset', 'minimal', ...flags]);
  child.resize(100, 30);
  expect(await ended).toBe(0);
  expect(output()).not.toContain('?');
});

test('asks for what is open, offers what is possible, and makes it', async () => {
  const { answer, ended, output } = dialogue(flags);
  await answer(questions[0]!, 'shop\r');
  for (const question of questions.slice(1)) await answer(question, '\r');
  expect(await ended, output()).toBe(0);
  expect(fs.existsSync(path.join(place.here, 'shop/openapi.yaml'))).toBe(true);
});

test('goes back to earlier questions', async () => {
  const { answer, ended, output } = dialogue(['shop', ...flags]);
  const [, start, framework, database, cache, auth, queue, deploy, ci, resource, make] = questions as [
    string,
    ...string[],
  ];
  await answer(start!, '\r');
  await answer(framework!, `${down}\r`);
  await answer(database!, `${down}\r`);
  await answer(cache!, `${down}${down}\r`);
  // Back at the database, what was said stands; the other value is above it.
  await answer(database!, '\x1b[A\r');
  for (const question of [cache, auth, queue, deploy, ci]) await answer(question!, '\r');
  await answer(resource!, 'back\r');
  await answer(ci!, `${down}\r`);
  await answer(resource!, 'order: total:decimal\r');
  await answer('Another resource', 'note: order:ref(order)\r');
  await answer('Another resource', 'back\r');
  await answer('Another resource', 'tag: name:string(1,9), orderId:ref(order)\r');
  await answer('Another resource', '\r');
  await answer(make!, '\r');
  expect(await ended, output()).toBe(0);
  expect(answersOf('shop')).toMatchObject({
    framework: 'express',
    database: 'postgresql',
    cache: 'redis',
    ci: 'gitlab',
    resources: [{ spec: 'order: total:decimal' }, { spec: 'tag: name:string(1,9), orderId:ref(order)' }],
  });
});

test('starts from a preset, and shows what will be made on 60 columns', async () => {
  const { answer, child, ended, output } = dialogue(flags);
  child.resize(60, 40);
  await answer(questions[0]!, 'shop\r');
  await answer('Start from', `${down}\r`);
  await answer('Framework', '\r');
  await answer('Resource, empty', '\r');
  await answer('Create the project?', '\r');
  expect(await ended, output()).toBe(0);
  expect(answersOf('shop')).toMatchObject({ database: 'sqlite', deploy: 'none' });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves the cursor and colours
  const shown = output().replaceAll(/\x1b\[[0-9;?]*[a-zA-Z]/g, '');
  const summary = shown.slice(shown.indexOf('Summary'), shown.indexOf('Create the project?'));
  for (const row of [
    /folder +\//,
    /database +sqlite/,
    /instances +1 /,
    /files +\d{3} /,
    /load +500 requests/,
  ])
    expect(summary).toMatch(row);
  for (const line of summary.split('\n').slice(1, -3)) expect(line.trim()).toMatch(/^[│├].*[│╯]$/);
  expect(shown).toContain('string(min,max)');
});

test.each([
  ...questions.map((question, at) => [`Ctrl-C at "${question}"`, at, interrupt] as const),
  ['Escape at the third question', 2, escapeKey] as const,
  ['"No" at the end', questions.length - 1, `${down}\r`] as const,
])('%s leaves nothing', async (_, at, keys) => {
  const { answer, ended, output } = dialogue(flags);
  for (const question of questions.slice(0, at)) await answer(question, '\r');
  await answer(questions[at]!, keys);
  expect(await ended, output()).toBe(130);
  expect(fs.readdirSync(place.here)).toEqual([]);
});

test.each([
  ['TERM', 'dumb'],
  ['ACCESSIBLE', '1'],
])('plain lines with %s=%s', async (name, value) => {
  const { answer, child, ended, output } = dialogue(['shop', ...flags], { [name]: value });
  await answer('Start from', '1\r');
  await answer('Framework', 'fastify\r');
  await answer('Database', '2\r');
  await answer('Cache and rate limits', 'back\r');
  await answer('Database', '9\r');
  await answer('"9" is not one of the numbers or names', 'SQLite\r');
  // With SQLite there is no queue to choose.
  const others = questions.slice(4).filter((question) => !question.startsWith('Queue'));
  for (const question of others) await answer(question, '\r');
  expect(await ended, output()).toBe(0);
  expect(answersOf('shop').database).toBe('sqlite');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
  expect(output()).not.toMatch(/\x1b/);
  child.kill();
});

test('Ctrl-C at a plain question leaves nothing', async () => {
  const { answer, ended } = dialogue(flags, { TERM: 'dumb' });
  await answer('Project folder', interrupt);
  expect(await ended).toBe(130);
  expect(fs.readdirSync(place.here)).toEqual([]);
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
const colour = /\x1b\[(3|9)\dm/;

test.each([
  ['colours', {}, expect.stringMatching(colour)],
  ['no colours with NO_COLOR', { NO_COLOR: '1' }, expect.not.stringMatching(colour)],
])('questions have %s', async (_, env, shown) => {
  const { answer, ended, output } = dialogue(flags, env);
  await answer(questions[0]!, '\r');
  await answer(questions[1]!, interrupt);
  expect(await ended).toBe(130);
  expect(output()).toEqual(shown);
});

test.each([
  ['a question for a text', {}, []],
  ['a question with options', {}, ['shop']],
  ['a plain question for a text', { TERM: 'dumb' }, []],
  ['a plain question with options', { ACCESSIBLE: '1' }, ['shop']],
] as const)('a signal at %s leaves nothing, and the cursor', async (_, env, args) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    const { child, ended, output } = terminal([...args, ...flags], env);
    const question = args.length === 0 ? questions[0]! : questions[1]!;
    await until(() => output().includes(question), output);
    process.kill(child.pid, signal);
    expect([signal, await ended, output()]).toEqual([
      signal,
      130,
      expect.stringContaining('nothing was left behind'),
    ]);
    expect(output().lastIndexOf(showCursor)).toBeGreaterThanOrEqual(output().lastIndexOf(hideCursor));
  }
  expect(fs.readdirSync(place.here)).toEqual([]);
});

test.each([{ TERM: 'xterm-256color' }, { TERM: 'dumb' }])(
  'a terminal is closed at a question: %o',
  async (env) => {
    const { ended, hangUp, output } = terminal(flags, env);
    await until(() => output().includes(questions[0]!), output);
    hangUp();
    expect(await ended).toBe(128 + os.constants.signals.SIGHUP);
    expect(fs.readdirSync(place.here)).toEqual([]);
  },
);

test.each([{ TERM: 'xterm-256color' }, { TERM: 'dumb' }])(
  'a full folder is refused before anything is asked: %o',
  async (env) => {
    fs.mkdirSync(path.join(place.here, 'full'));
    fs.writeFileSync(path.join(place.here, 'full/a.txt'), 'a');
    const given = terminal(['full', ...flags], env);
    expect(await given.ended).toBe(2);
    expect(given.output()).toContain('is not empty (a.txt)');
    for (const question of questions) expect(given.output()).not.toContain(question);

    const { answer, ended } = dialogue(flags, env);
    await answer(questions[0]!, 'full\r');
    // The text stays where the cursor can move, and is asked for again where it cannot.
    await answer('is not empty (a.txt)', env.TERM === 'dumb' ? 'other\r' : '2\r');
    await answer(questions[1]!, interrupt);
    expect(await ended).toBe(130);

    const merging = dialogue(['--merge', ...flags], env);
    await merging.answer(questions[0]!, 'full\r');
    await merging.answer(questions[1]!, interrupt);
    expect(await merging.ended).toBe(130);
  },
);

test('with --json there are no prompts, and the error says so', async () => {
  const { ended, output } = terminal(['shop', '--json', ...flags]);
  expect(await ended).toBe(2);
  expect(output()).toContain('--json disables prompts: missing: --framework');
  expect(output()).toContain('or --yes for the defaults');
  expect(output()).not.toContain('no terminal');
});

test('CI takes the questions away', async () => {
  const inCi = terminal(['shop', ...flags], { CI: 'true' });
  expect(await inCi.ended).toBe(2);
  expect(inCi.output()).toContain('CI is set');
});

test('what is asked of CI by --json is one document', () => {
  const { code, out } = run(['shop', '--json', '--dry-run', '--yes']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ ok: true, written: false });
  expect(fs.readdirSync(place.here)).toEqual([]);
});
