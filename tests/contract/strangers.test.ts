import { execFileSync, spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, until } from '../e2e/project.js';
import { requires, uv } from '../requirements.js';
import { verify } from './projects.js';

let folder: string;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'strangers-'));
  fs.outputJsonSync(path.join(folder, 'package.json'), { private: true, type: 'module' });
  const packages = ['fastify@5.12.8', 'express@5.3.0', 'express-generator@4.16.1'];
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...packages], { cwd: folder });
  execFileSync('npx', ['express', '--no-view', 'generated'], { cwd: folder, stdio: 'pipe' });
  fs.outputJsonSync(path.join(folder, 'generated/package.json'), {
    ...fs.readJsonSync(path.join(folder, 'generated/package.json')),
    type: 'commonjs',
  });
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund'], {
    cwd: path.join(folder, 'generated'),
  });
  fs.outputFileSync(
    path.join(folder, 'openapi.yaml'),
    `openapi: 3.1.0
info: { title: Notes, version: 1.0.0 }
paths:
  /v1/notes:
    get: { responses: { "200": { description: All. } } }
    post:
      requestBody: { content: { application/json: { schema: { type: object, properties: { text: { type: string } }, required: [text] } } } }
      responses: { "201": { description: Made. } }
  /v1/notes/{id}:
    get: { responses: { "200": { description: One. } } }
`,
  );
  fs.outputFileSync(
    path.join(folder, 'fastify.js'),
    `import Fastify from 'fastify';
const notes = [];
const app = Fastify();
app.get('/v1/notes', () => ({ data: notes }));
app.post('/v1/notes', (request, reply) => { notes.push(request.body); return reply.code(201).send(request.body); });
app.get('/v1/notes/:id', (request) => notes[request.params.id] ?? {});
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
`,
  );
  fs.outputFileSync(
    path.join(folder, 'express.js'),
    `import express from 'express';
const notes = [];
const app = express();
app.use(express.json());
app.get('/v1/notes', (request, response) => response.json({ data: notes }));
app.post('/v1/notes', (request, response) => { notes.push(request.body); response.status(201).json(request.body); });
app.get('/v1/notes/:id', (request, response) => response.json(notes[request.params.id] ?? {}));
app.listen(Number(process.env.PORT), '127.0.0.1');
`,
  );
}, 300_000);

afterAll(() => fs.removeSync(folder));

/** With EXAMPLES=docs/examples, the reports are kept there. */
function report(name: string): string[] {
  const folder = process.env.EXAMPLES;
  return folder ? ['--html', path.resolve(folder, `${name}.html`)] : [];
}

describe.each([
  ['bare-fastify', 'fastify.js', '.'],
  ['bare-express', 'express.js', '.'],
  ['express-generator', 'bin/www', 'generated'],
])('%s', (name, script, place) => {
  test('is asked over its URL, and is found to lack what it lacks', async () => {
    const port = await freePort();
    const server = spawn('node', [script], {
      cwd: path.join(folder, place),
      env: { ...process.env, PORT: `${port}` },
      stdio: 'ignore',
    });
    try {
      const url = `http://127.0.0.1:${port}`;
      await until(
        async () => (await fetch(url)).status > 0,
        () => script,
      );
      const { code, passed, failed, notApplicable } = await verify(url, [
        '--openapi',
        path.join(folder, 'openapi.yaml'),
        '--write',
        ...report(name),
      ]);
      expect(code).toBe(1);
      // A 405 does not come by itself; where nothing is found, this is told once.
      expect(failed).toContain(name === 'express-generator' ? 'IT1' : 'ME1');
      if (name === 'express-generator') expect(failed).toEqual(['IT1', 'SE4']);
      // What the document does not describe is not asked, and what was not asked has not passed.
      expect(notApplicable).toEqual(expect.arrayContaining(['MO1', 'MO2', 'MO3', 'MO4', 'MO7']));
      expect(notApplicable).toEqual(expect.arrayContaining(['PD1', 'ID1', 'PD2', 'GS1', 'DG1', 'RL3']));
      expect([...passed, ...failed]).not.toContain('GS1');
    } finally {
      server.kill();
    }
  });
});

describe('an API in the usual style of FastAPI', () => {
  /** FastAPI, in the versions of generated projects. */
  requires(uv)(async () => {
    const known = fs.readFileSync(path.resolve('templates/versions/requirements.txt'), 'utf8');
    const packages = ['fastapi', 'uvicorn'].map((name) => new RegExp(`^${name}==.*$`, 'm').exec(known)![0]);
    const run = (...args: string[]) => execFileSync('uv', args, { cwd: folder, stdio: 'pipe' });
    run('venv', '--quiet', '--clear', 'python');
    run('pip', 'install', '--quiet', '--python', 'python/bin/python', ...packages);
    fs.copySync(path.join(import.meta.dirname, 'strangers/catalogue.py'), path.join(folder, 'catalogue.py'));
  });

  test('is asked in its own names, and told what is truly wrong', async () => {
    const port = await freePort();
    const server = spawn('python/bin/uvicorn', ['catalogue:app', '--port', `${port}`], {
      cwd: folder,
      stdio: 'ignore',
    });
    try {
      const url = `http://127.0.0.1:${port}`;
      await until(
        async () => (await fetch(url)).status > 0,
        () => 'catalogue.py',
      );
      const { passed, failed, notApplicable, output } = await verify(url, ['--write', ...report('fastapi')], {
        VERIFY_HEADER: 'X-API-Key: good-key',
      });
      // true is taken for an integer; Allow lacks methods; an error of the framework has another shape.
      expect(failed.sort(), output).toEqual(['ME1', 'MO3', 'OA1']);
      expect(passed).toEqual(
        expect.arrayContaining(['IT1', 'AU17', 'MO1', 'MO2', 'MO4', 'MO7', 'PG1', 'AU1']),
      );
      expect(notApplicable).toEqual(expect.arrayContaining(['PD1', 'ID1', 'VA2', 'PG2', 'IK1', 'RL1']));
      expect(output).toContain('page_size for limit, items for data');
    } finally {
      server.kill();
    }
  });
});
