import fs from 'fs-extra';
import { afterAll, describe, expect, test } from 'vitest';
import { register } from '../../../src/verify/checks/shared/accounts.js';
import { ProjectTarget } from '../../../src/verify/project-target.js';
import { makeProject, scratchFolder } from '../../command-line.js';
import { everyValue } from '../../odd-resources.js';
import { Passed } from '../../passed.js';
import { debian, requires, uv } from '../../requirements.js';
import { openFailingProxy } from './failing-proxy.js';
import { typeErrors } from './k6/types.js';
import { account, Loads } from './loads.js';
import { openTokenEndpoint } from './token-endpoint.js';
import { tools } from './tools.js';

const projects = [
  {
    name: 'fastify-jwt',
    choices: { framework: 'fastify', database: 'postgresql', cache: 'redis', auth: 'jwt' },
    resources: [],
  },
  {
    name: 'express-oidc',
    choices: { framework: 'express', database: 'sqlite', cache: 'memory', auth: 'oidc' },
    resources: [],
  },
  {
    name: 'fastapi-none',
    choices: { framework: 'fastapi', database: 'sqlite', cache: 'memory', auth: 'none' },
    resources: [
      'order: total:decimal, status:enum(pending|paid)+, group:string(0,10)?',
      'item: name:string(1,40)!, code:string(2,4)+, note:text?, qty:integer!, amount:decimal!, ok:boolean, kind:enum(a|b)+, tag:uuid!, day:date!, due:datetime!, orderId:ref(order)!, parent:ref(item)?',
      everyValue,
    ],
  },
];
const passed = new Passed(
  'load',
  ['tests/proofs/load'],
  /^(docs|deploy|observability|\.github)\/|\.md$|^compose\.yaml$/,
);
const folder = scratchFolder('load');

const prepare = requires(debian('redis-server'), uv);

afterAll(() => fs.removeSync(folder));

describe.each(projects)('$name', ({ name, choices, resources }) => {
  const { auth } = choices;
  const withTool = (loadTest: string) => ({ choices: { ...choices, loadTest }, resources });
  const isOpen = (tool: string) => !passed.has(withTool(tool));
  /** It serves as it was made with the first tool: the others differ in their scripts. */
  let target: ProjectTarget;
  let issuer: Awaited<ReturnType<typeof openTokenEndpoint>> | undefined;
  const callers = () => issuer?.env ?? { LOAD_EMAIL: account.email, LOAD_PASSWORD: account.password };

  if (tools.some((tool) => isOpen(tool.name)))
    prepare(async () => {
      for (const tool of tools) {
        const { choices } = withTool(tool.name);
        const args = tool === tools[0] ? [] : ['--no-install'];
        await makeProject(folder, `${name}-${tool.name}`, choices, { resources, args });
      }
      const { signal } = new AbortController();
      const first = `${folder}/${name}-${tools[0]!.name}`;
      target = await ProjectTarget.open(first, { build: true, stage: () => {}, signal });
      if (auth === 'jwt') await makeAccount();
      if (auth !== 'oidc') return;
      const session = await target.session(undefined);
      const token = () => session.authorization('admin').authorization!.replace('Bearer ', '');
      issuer = await openTokenEndpoint(token);
    });

  afterAll(async () => {
    issuer?.close();
    await target?.close();
  });

  const urlWith = async (settings?: Record<string, number>) => (await target.session(settings)).fleet.url;

  /** Makes the account that loads sign in with. */
  async function makeAccount(): Promise<void> {
    const session = await target.session(undefined);
    await register(session, account);
    await session.fleet.sql.query('update auth_accounts set roles = $1', ['admin']);
  }

  describe.each(tools)('$name', (tool) => {
    if (tool.requirement) requires(tool.requirement);
    passed.recordWhenPassed(withTool(tool.name), afterAll);
    const open = isOpen(tool.name);
    const loads = new Loads(`${folder}/${name}-${tool.name}`, tool, callers);
    const short = { TIME: '0.02', RATE: '0.1' };

    test.runIf(open).each([
      ['smoke', { TIME: '0.3', RATE: '5' }],
      ['average', { ...short, SAVE_BASELINE: '1' }],
      ['spike', short],
    ])('%s passes without errors', async (load, env) => {
      const { printed } = await loads.passes(load, { ...env, BASE_URL: await urlWith() });
      const requests = Number(new RegExp(`^${load}: (\\d+) requests`, 'm').exec(printed)?.[1]);
      expect(requests, printed).toBeGreaterThan(30);
      expect(fs.readJsonSync(loads.file(`results/${load}.json`)).failedRate, printed).toBe(0);
      // One at the start, others before it ends.
      if (issuer && load === 'smoke') expect(issuer.issued()).toBeGreaterThan(1);
    });

    if (tool.name === 'k6')
      test.runIf(open)('uses the API of k6 as its types say', async () => {
        expect(await typeErrors(loads.file('.'), folder)).toBe('');
      });

    test.runIf(open)('fails when it exceeds the limit for slow answers', async () => {
      await loads.exceeds('average', { ...short, BASE_URL: await urlWith(), P95_MS: '0.01' });
    });

    test.runIf(open)('fails when the API fails', async () => {
      const proxy = await openFailingProxy(await urlWith());
      await loads.exceeds('average', { ...short, BASE_URL: proxy.url });
      proxy.close();
    });

    test.runIf(open)('is compared with the baseline, and fails when it is slower', async () => {
      const env = { ...short, BASE_URL: await urlWith() };
      const { average } = fs.readJsonSync(loads.file('baseline.json'));
      expect(average?.p95Ms).toBeGreaterThan(0);
      const same = await loads.passes('average', { ...env, BASELINE_RATIO: '50' });
      expect(same.printed).toMatch(/times the baseline/);
      fs.writeJsonSync(loads.file('baseline.json'), { average: { ...average, p95Ms: 0.01, p99Ms: 0.01 } });
      await loads.exceeds('average', { ...env, BASELINE_RATIO: '1' });
    });

    test.runIf(open)('refuses to measure an API that is not there', async () => {
      await loads.refuses(/API is ready/, { BASE_URL: 'http://127.0.0.1:4' });
    });

    if (auth === 'oidc')
      test.runIf(open)('refuses to measure with a wrong secret', async () => {
        const wrong = { LOAD_CLIENT_SECRET: 'another secret' };
        await loads.refuses(/getting a token from/, { ...wrong, BASE_URL: await urlWith() });
      });
    else if (auth === 'jwt')
      test.runIf(open)('refuses to measure with a wrong password', async () => {
        const wrong = { LOAD_PASSWORD: `not ${account.password}` };
        await loads.refuses(/signing in as/, { ...wrong, BASE_URL: await urlWith() });
      });
    else
      test.runIf(open)('refuses to measure the rate limits instead of the API', async () => {
        const BASE_URL = await urlWith({ RATE_LIMIT_WRITE: 8, RATE_LIMIT_WINDOW_S: 1 });
        await loads.refuses(/RATE_LIMIT_/, { BASE_URL, RATE: '50' });
        // Setting up stays below the limit.
        await loads.refuses(/RATE_LIMIT_/, { BASE_URL, RATE: '50', SEED_ROWS: '1' });
      });
  });
});
