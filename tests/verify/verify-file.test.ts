import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { rows } from '../../src/verify/checks/index.js';
import { readProject } from '../../src/verify/cluster/project.js';
import { environmentOf, runOf, settingsOf } from '../../src/verify/described/project.js';
import { readVerifyFile } from '../../src/verify/described/read.js';
import { verifyFileSchema } from '../../src/verify/described/schema.js';
import { settingNames } from '../../src/verify/described/settings.js';
import { settingLackOf } from '../../src/verify/described-lacks.js';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'verify-file-'));
  fs.writeFileSync(path.join(folder, 'openapi.yaml'), 'openapi: 3.1.0\n');
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function read(text: string) {
  fs.writeFileSync(path.join(folder, 'verify.yaml'), text);
  return readVerifyFile(folder)!;
}

/** Each problem as `line: text`. */
function refusal(text: string): string[] {
  try {
    read(text);
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .map((line) => line.replace(path.join(folder, 'verify.yaml'), '').slice(1));
  }
  return [];
}

const least = 'start: node server.js\nhealth: /healthz\nvariables:\n  PORT: "{port}"\n';

describe('what it says', () => {
  it('is asked for the least, and assumes the rest', () => {
    expect(read(least)).toMatchObject({
      start: 'node server.js',
      instances: 1,
      openapi: 'openapi.yaml',
      settings: { DRAIN_DELAY_MS: { default: 0 }, SHUTDOWN_TIMEOUT_MS: { default: 30_000 } },
    });
  });

  it('may be about an image', () => {
    expect(read('image: notes:1\nhealth: /up\nvariables: { PORT: "{port}" }\n')).toMatchObject({
      image: 'notes:1',
      start: '',
    });
    expect(readProject(folder).startCommand).toEqual(['notes:1']);
  });

  it('is as the documents show it', () => {
    const page = fs.readFileSync(path.resolve(import.meta.dirname, '../../docs/verify.md'), 'utf8');
    const [, example = ''] = /```yaml\n(# yaml-language-server[\s\S]*?)```/.exec(page) ?? [];
    expect(read(example).credentials?.requests).toHaveLength(2);
  });

  it('goes before a manifest, unless it says nothing of how the project is run', () => {
    fs.writeFileSync(
      path.join(folder, '.scalable-api.json'),
      JSON.stringify({ answers: { project: { name: 'shop' } }, run: { startCommand: ['node'], env: [] } }),
    );
    expect(read('names: {}\n')).toBeUndefined();
    expect(readProject(folder).name).toBe('shop');
    read(least);
    expect(readProject(folder).startCommand).toEqual(['sh', '-c', 'exec node server.js']);
  });
});

test('its schema is one, and takes what the reader takes', () => {
  const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(
    verifyFileSchema,
  );
  expect(
    validate({ start: 'x', health: '/', variables: { PORT: 1 }, settings: { MAX_INFLIGHT: 'MOST' } }),
  ).toBe(true);
  expect(validate({ start: 'x', settings: { MAX_INFLIGHT: {} } })).toBe(false);
});

describe('mistakes', () => {
  test.each([
    ['start: [', '1: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    [`${least}buidl: make`, '5: `buidl` is not known; did you mean "build"?'],
    [`${least}instances: many`, '5: `instances` must be of type integer, is string: How many'],
    [
      'health: /up\nvariables: { PORT: "{port}" }',
      '1: has no `start`, the command that starts one instance, and no `image`',
    ],
    [`${least}image: 5`, '5: `image` must be of type string, is number: A container image'],
    [`${least}imgae: notes`, '5: `imgae` is not known; did you mean "image"?'],
    ['start: x\nvariables: { PORT: "{port}" }', '1: has no `health`'],
    ['start: x\nhealth: up', '2: `health` does not match ^/: A path that answers 2xx'],
    ['start: x\nhealth: /up\nvariables: { PORT: "80" }', '3: `variables` no variable has {port}'],
    [`${least}  KEY: "{secret}"`, '5: `variables.KEY` {secret} stands for nothing; possible: {port} '],
    [`${least}required: [KEY]`, '5: `required` KEY is not among `variables`'],
    [
      `${least}settings:\n  MAX_INFLIHGT: MOST`,
      '6: `settings.MAX_INFLIHGT` is not known; did you mean "MAX_INFLIGHT"?',
    ],
    [
      `${least}settings:\n  MAX_INFLIGHT: { unit: s, variable: MOST }`,
      '6: `settings.MAX_INFLIGHT.unit` is for times',
    ],
    [`${least}settings:\n  MAX_INFLIGHT: PORT`, '6: `settings.MAX_INFLIGHT` PORT is among `variables`, too'],
    [`${least}startup:\n  seconds: 0`, '6: `startup.seconds` must be > 0: How long an instance may take'],
    [`${least}startup: { path: up }`, '5: `startup.path` does not match ^/: A path that answers 2xx'],
    [`${least}startup: { secons: 9 }`, '5: `startup.secons` is not known; did you mean "seconds"?'],
    [`${least}tables: { notes: note_entries }`, '5: `tables'],
    [
      `${least}metrics: /m\nmetricNames:\n  process_open_fd: fds`,
      '7: `metricNames.process_open_fd` is not known; did you mean "process_open_fds"?',
    ],
    [
      `${least}metrics: /m\nmetricNames:\n  cache_requests_total: { name: reads, labels: { levle: tier } }`,
      '7: `metricNames.cache_requests_total.labels.levle` is not known; did you mean "level"?',
    ],
    [
      `${least}metrics: /m\nmetricNames:\n  process_open_fds: { name: fds, unit: ms }`,
      '7: `metricNames.process_open_fds.unit` is not known',
    ],
    [
      `${least}metricNames:\n  process_open_fds: fds`,
      '6: `metricNames` names metrics, and there is no `metrics`',
    ],
    [
      `${least}logFields:\n  status: code`,
      '6: `logFields` names members of log lines, and there is no `logs: json`',
    ],
    [
      `${least}logs: json\nlogFields:\n  durationMs: { field: took, unit: sec }`,
      '7: `logFields.durationMs.unit` is "sec"; known: s, ms, us, ns',
    ],
    [
      `${least}logs: json\nlogFields: { statos: code }`,
      '6: `logFields.statos` is not known; did you mean "status"?',
    ],
    [`${least}openapi: api.yaml`, '5: `openapi` there is no file api.yaml'],
    [
      `${least}credentials:\n  headers:\n    Authorization: "Bearer {token}"`,
      '7: `credentials.headers.Authorization` {token} stands for nothing; possible: {variables.PORT}',
    ],
    [
      `${least}credentials:\n  requests:\n    - path: /login\n      json: { role: "{role}" }\n  headers: { A: b }`,
      '8: `credentials.requests[0].json` {role} stands for nothing',
    ],
  ])('%j', (text, expected) => {
    const problems = refusal(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });
});

describe('the environment', () => {
  const values = {
    PORT: '4000',
    DATABASE_URL: 'postgresql://me:a%20b@127.0.0.1:5433/shop',
    REDIS_URL: 'redis://127.0.0.1:6380/3',
    'random KEY': 'abc',
    TZ: 'Asia/Kolkata',
    OTHER: 'never',
  };

  it('has the variables of the project, and no other', () => {
    const description = read(
      `${least}  DB: "jdbc:postgresql://{postgresql.host}:{postgresql.port}/{postgresql.database}"\n  DB_PASSWORD: "{postgresql.password}"\n  CACHE: "{redis}"\n  KEY: "{random}"\n  MANAGEMENT: "{managementPort}"\n  JSON: '{"a": 1}'\n`,
    );
    expect(environmentOf(description, values)).toEqual({
      PORT: '4000',
      DB: 'jdbc:postgresql://127.0.0.1:5433/shop',
      DB_PASSWORD: 'a b',
      CACHE: 'redis://127.0.0.1:6380/3',
      KEY: 'abc',
      MANAGEMENT: undefined,
      JSON: '{"a": 1}',
      TZ: 'Asia/Kolkata',
    });
    const { env } = runOf(description);
    expect(env.filter(({ type }) => type === 'url').map(({ name }) => name)).toEqual([
      'DATABASE_URL',
      'REDIS_URL',
    ]);
  });

  it('has settings in the unit of the project, and rows know what it rounds', () => {
    const description = read(
      `${least}settings:\n  REQUEST_TIMEOUT_MS: { variable: TIMEOUT, unit: s, default: 30 }\n  CACHE_L2_TTL_S: { default: 5, unit: min }\n`,
    );
    expect(runOf(description).env).toContainEqual({
      name: 'REQUEST_TIMEOUT_MS',
      type: 'string',
      default: '30000',
    });
    expect(environmentOf(description, { REQUEST_TIMEOUT_MS: '1500' })).toMatchObject({ TIMEOUT: '2' });
    expect(settingsOf(description, { REQUEST_TIMEOUT_MS: '1500' })).toMatchObject({
      REQUEST_TIMEOUT_MS: '2000',
      CACHE_L2_TTL_S: '300',
      DRAIN_DELAY_MS: '0',
    });
  });
});

describe('settings of rows', () => {
  it('can all be named', () => {
    for (const { id, relies = [] } of rows)
      for (const name of relies) expect(Object.keys(settingNames), id).toContain(name);
  });

  it('leave out the rows that need them when they are not named', () => {
    const row = rows.find(({ id }) => id === 'TO1')!;
    expect(settingLackOf(row, read(least))).toBe('verify.yaml names no setting for REQUEST_TIMEOUT_MS');
    expect(settingLackOf(row, read(`${least}settings:\n  REQUEST_TIMEOUT_MS: TIMEOUT`))).toBeUndefined();
  });
});
