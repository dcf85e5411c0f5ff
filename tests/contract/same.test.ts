import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mailedToken } from '../../src/verify/checks/shared/accounts.js';
import { connect } from '../../src/verify/http/client.js';
import type { Response } from '../../src/verify/http/exchange.js';
import { ProjectTarget } from '../../src/verify/project-target.js';
import type { Session } from '../../src/verify/session.js';
import { type Choices, frameworks, Projects, shared } from './projects.js';
import { type Recorded, recorded, resources } from './requests.js';

/** Headers that the contract names. */
const promisedHeaders = new Set([
  'accept',
  'accept-patch',
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'access-control-max-age',
  'age',
  'allow',
  'cache-control',
  'cache-status',
  'content-encoding',
  'content-type',
  'deprecation',
  'etag',
  'idempotent-replayed',
  'link',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'sunset',
  'vary',
  'www-authenticate',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'x-request-id',
]);
const requestId = (place: number) => `request-${String(place).padStart(4, '0')}`;
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';
// A machine that stands still for a moment must not make the database answer.
const settings = { BODY_LIMIT_BYTES: 4096, CACHE_L2_TTL_S: 3600 };

const made: readonly Choices[] = frameworks.map((framework) => ({ framework, ...shared }));
let projects: Projects;
let answers: Map<string, unknown[]>;

beforeAll(async () => {
  projects = new Projects(made, resources);
  answers = new Map();
  for (const choices of made) answers.set(choices.framework, await answersOf(projects.of(choices)));
}, 600_000);

afterAll(() => projects?.remove());

const [model, ...others] = frameworks;

test('there are requests of every kind', () => {
  expect(recorded.length).toBeGreaterThan(300);
  const statuses = new Set(answers.get(model!)!.map((answer) => (answer as { status?: number }).status));
  for (const status of [200, 201, 204, 304, 400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422])
    expect(statuses).toContain(status);
  expect(statuses).not.toContain(500);
});

describe.each(others)(`%s answers as ${model} does`, (framework) => {
  test.each(recorded.map((request, place) => [`${place} ${lineOf(request)}`, place] as const))(
    '%s',
    (_name, place) => {
      const [answer, expected] = [framework, model!].map((name) => answers.get(name)![place]);
      if (recorded[place]!.ofLanguage && languageOf(framework) !== languageOf(model!))
        expect(answer).toHaveProperty('status', (expected as { status: number }).status);
      else expect(answer).toEqual(expected);
    },
  );
});

/** The manifest of its packages stands for the language of a project. */
function languageOf(framework: string): boolean {
  return fs.existsSync(path.join(projects.of({ framework, ...shared }), 'package.json'));
}

function lineOf({ method = 'GET', path: target, json, body, raw, headers }: Recorded): string {
  const given =
    raw ?? `${method} ${target} ${JSON.stringify(json) ?? body ?? ''} ${JSON.stringify(headers) ?? ''}`;
  return JSON.stringify(given.toString().slice(0, 150));
}

/** Problem details (RFC 9457) as the contract extends them. */
interface Problem {
  status?: number;
  detail?: string;
  errors?: { pointer?: string; parameter?: string }[];
}

/** Sends all requests to one instance of a project, one after another. */
async function answersOf(directory: string): Promise<unknown[]> {
  const { signal } = new AbortController();
  const target = await ProjectTarget.open(path.resolve(directory), { build: false, stage: () => {}, signal });
  try {
    const session = await target.session(settings);
    // The document has the name of the project.
    const known = new Map([['project', path.basename(directory)]]);
    const all: unknown[] = [];
    for (const [place, request] of recorded.entries())
      all.push(comparable(await answerTo(session, place, request, known), request, known));
    return all;
  } finally {
    await target.close();
  }
}

type Answered = Pick<Response, 'status' | 'headers' | 'text'>;

async function answerTo(
  session: Session,
  place: number,
  { raw, keep, keepTexts = {}, mailedTo, statusOnly: _, ofLanguage: __, odd: ___, ...request }: Recorded,
  known: Map<string, string>,
): Promise<Answered> {
  const { url } = session.fleet.instances[0]!;
  if (raw !== undefined) return sendRaw(url, raw);
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (all, name) => known.get(name) ?? all);
  const response = await session.trySend({
    ...request,
    path: fill(request.path),
    ...(request.json === undefined ? {} : { json: JSON.parse(fill(JSON.stringify(request.json))) }),
    headers: { 'x-request-id': requestId(place), traceparent, ...request.headers },
    to: url,
  });
  if (!response) return { status: 0, headers: {}, text: '' };
  if (keep) known.set(keep, response.json().id);
  if (mailedTo) known.set('mailed', mailedToken(session, mailedTo) ?? '');
  for (const [name, textOf] of Object.entries(keepTexts)) known.set(name, textOf(response.json()) ?? '');
  return response;
}

async function sendRaw(url: string, raw: string): Promise<Answered> {
  const connection = await connect(url);
  connection.write(raw);
  await connection.closed(1000);
  const text = await connection.received(/$/, 0);
  connection.end();
  const [head = '', ...body] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => /^([^:]+): ?(.*)$/.exec(line)!.slice(1));
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(headers.map(([name, value]) => [name!.toLowerCase(), value!])),
    text: body.join('\r\n\r\n'),
  };
}

/** The part of a response that the contract promises, without generated ids, times and counts of a limit. */
function comparable(
  { status, headers, text }: Answered,
  request: Recorded,
  known: Map<string, string>,
): unknown {
  if (request.odd) return { sound: status > 0 && status < 500 };
  if (request.statusOnly) return { status };
  const names = new Map([...known].map(([name, value]) => [value, `{${name}}`]));
  const plain = (value: string) => {
    let result = value;
    for (const [id, name] of names) if (id) result = result.replaceAll(id, name);
    return result
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, madeUuid)
      .replace(/"(createdAt|updatedAt|expiresAt)":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/g, '"$1":"(time)"')
      .replace(/"nextCursor":"[\w-]+\.[\w-]{22}"/g, '"nextCursor":"(cursor)"')
      .replace(/cursor=[\w-]+\.[\w-]{22}/g, 'cursor=(cursor)')
      .replace(/"accessToken":"[\w-]+\.[\w-]+\.[\w-]{86}"/g, '"accessToken":"(token)"')
      .replace(/"refreshToken":"[\w-]{64}"/g, '"refreshToken":"(token)"')
      .replace(/("traceId":")(?!4bf92f35)[0-9a-f]{32}/g, '$1(trace)');
  };
  // The tag of a document is a hash of its text, which holds the name of the project.
  const isDocument = /^\/(docs|openapi)/.test(request.path ?? '');
  // Some libraries speak of origins also to who may not read the response, or of the type of no content.
  const granted = headers['access-control-allow-origin'] !== undefined;
  const told = Object.entries(headers)
    .filter(([name]) => promisedHeaders.has(name) && !(isDocument && name === 'etag'))
    .filter(([name]) => granted || !name.startsWith('access-control-'))
    .filter(([name]) => status !== 204 || name !== 'content-type')
    .map(([name, value]) => [name, headerOf(name, plain(value))])
    .filter(([, value]) => value !== '');
  return { status, headers: Object.fromEntries(told), body: bodyOf(plain(text)) };
}

/** Those of the requests stay as they are. */
function madeUuid(uuid: string): string {
  return uuid.endsWith('dead') ? uuid : '(uuid)';
}

/** Lists whose order says nothing. */
const unordered = /^(accept|accept-patch|access-control-.*|allow|cache-control|vary)$/;

function headerOf(name: string, value: string): string {
  if (name === 'content-type') return value.split(';')[0]!;
  if (unordered.test(name)) {
    const items = value.toLowerCase().split(/ *, */);
    // Some libraries name Origin also where any origin may read the response.
    return items
      .filter((item) => name !== 'vary' || item !== 'origin')
      .sort()
      .join(', ');
  }
  if (name === 'x-ratelimit-remaining' || name === 'x-ratelimit-reset') return '(count)';
  if (name === 'ratelimit') return value.replace(/r=\d+;t=\d+/, 'r=(count);t=(count)');
  // Which level has it also depends on when the instance began to listen to the others, and on the time since it was read.
  if (name === 'cache-status') return value.replace(/^l[12]; (hit; ttl=-?\d+|fwd=miss)$/, '(level); (found)');
  return value;
}

function bodyOf(text: string): unknown {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return text;
  }
  const { detail, errors, ...problem } = (body ?? {}) as Problem;
  if (typeof problem.status !== 'number') return body;
  // Words are the framework's own. Each place counts, not how often or in which order it is named.
  const places = errors?.map(({ pointer, parameter }) => pointer ?? parameter);
  return {
    ...problem,
    explained: detail !== undefined,
    ...(places && { errors: [...new Set(places)].sort() }),
  };
}
