import { call, must, refuseLimits } from './api.js';
import { bodyFor, changesFor } from './bodies.js';
import { signedIn, signIn } from './callers.js';
import { below, pick } from './random.js';
import { resourcesOf } from './resources.js';
import { stageOf } from './stage.js';

/** What callers do, in percent of the requests. Measure yours and put it here. */
export const mix = { read: 55, list: 20, create: 10, update: 10, remove: 5 };
const pageSize = 20;
/** Rows of each resource that are there for all: read, referred to, never changed. */
const seededRows = Number(process.env.SEED_ROWS || 5);
const unavailable = 503;

/** Rows that this thread has made, by path; one that somebody asks for is not among them meanwhile. */
const own = {};
/** Where this thread goes on in each list. */
const cursors = {};

/** Runs once: reads the contract, signs in and makes the rows that all share. */
export async function setUp({ vars }) {
  must(await call(vars.target, 'GET', '/readyz'), 'asking whether the API is ready');
  const contract = must(await call(vars.target, 'GET', '/openapi.json'), 'reading the contract').json();
  vars.resources = resourcesOf(contract);
  vars.session = await signIn(vars.target);
  vars.seeded = {};
  for (const resource of vars.resources) {
    vars.seeded[resource.path] = [];
    for (let row = 0; row < seededRows; row += 1) vars.seeded[resource.path].push(await seed(resource, vars));
  }
}

/** Runs once: takes away what was made before, in the other order. */
export async function tearDown({ vars }) {
  // Rows of virtual users may still refer to it, then it stays.
  for (const { path } of [...(vars.resources ?? [])].reverse())
    for (const id of vars.seeded?.[path] ?? [])
      await call(vars.target, 'DELETE', `${path}/${id}`, { headers: await signedIn(vars) });
}

/** Before an update or a delete: a row that nobody else asks for meanwhile. */
export function takeRow({ vars }, _events, done) {
  vars.resource = pick(vars.resources);
  vars.row = taken(vars.resource.path);
  done();
}

function rowsOf(path) {
  own[path] ??= [];
  return own[path];
}

function taken(path) {
  return rowsOf(path).splice(below(rowsOf(path).length), 1)[0];
}

export const hasRow = ({ row }) => row !== undefined;
export const hasNoRow = ({ row }) => row === undefined;

/** Makes of an empty request one as a caller would send it. */
export async function prepare(request, { scenario, vars }) {
  vars.operation = scenario.name;
  vars.resource ??= pick(vars.resources);
  const { name, path, body, headers, expected = [200] } = await requests[request.method](vars);
  vars.expected = expected;
  vars.stage = stageOf(vars.stages);
  vars.sent = Date.now();
  request.name = name;
  request.url = path;
  if (body) request.json = body;
  request.headers = { accept: 'application/json', ...(await signedIn(vars)), ...headers };
}

const requests = {
  async GET(vars) {
    const { path } = vars.resource;
    if (vars.operation === 'list') {
      const cursor = cursors[path] ? `&cursor=${encodeURIComponent(cursors[path])}` : '';
      return { name: `GET ${path}`, path: `${path}?limit=${pageSize}${cursor}` };
    }
    vars.row = Math.random() < 0.5 ? taken(path) : undefined;
    return { name: `GET ${path}/{id}`, path: `${path}/${vars.row?.id ?? pick(vars.seeded[path])}` };
  },

  async POST(vars) {
    const { resource } = vars;
    const unique = Object.values(resource.fields).some((schema) => schema['x-unique']);
    return {
      name: `POST ${resource.path}`,
      path: resource.path,
      ...(await creation(resource, vars)),
      expected: unique ? [201, 409] : [201],
    };
  },

  async PATCH({ resource, row }) {
    return {
      name: `PATCH ${resource.path}/{id}`,
      path: `${resource.path}/${row.id}`,
      body: changesFor(resource),
      headers: { 'content-type': 'application/merge-patch+json', 'if-match': row.etag },
    };
  },

  async DELETE({ resource: { path }, row }) {
    return {
      name: `DELETE ${path}/{id}`,
      path: `${path}/${row.id}`,
      headers: { 'if-match': row.etag },
      expected: [204],
    };
  },
};

/** Counts a response, and keeps its ids and cursors. */
export function answered(request, response, { vars }, events, done) {
  const { statusCode: status, headers, body, timings } = response;
  refuseLimits(status, request.name, vars.target);
  const refused = status === unavailable && headers['retry-after'] !== undefined;
  const right = vars.expected.includes(status);
  count(events, vars.stage, { ms: timings.phases.total, failed: !right, wrong: !right && !refused });
  keep(request.method, status, headers, body, vars);
  done();
}

/** Counts a request that nobody answered. */
export function unanswered(_error, _request, { vars }, events, done) {
  count(events, vars.stage, { ms: Date.now() - vars.sent, failed: true, wrong: true });
  done();
}

function count(events, stage, { ms, failed, wrong }) {
  events.emit('histogram', `${stage}.response_time`, ms);
  events.emit('counter', `${stage}.requests`, 1);
  // What is counted never is not there, and a condition about it would not hold.
  events.emit('counter', `${stage}.failed`, Number(failed));
  events.emit('counter', `${stage}.wrong`, Number(wrong));
  events.emit('counter', 'vusers.skipped', 0);
}

function keep(method, status, { etag }, body, { operation, resource: { path }, row }) {
  if (method === 'POST' && status === 201) rowsOf(path).push({ id: JSON.parse(body).id, etag });
  if (method === 'GET' && row) rowsOf(path).push(row);
  // Where it is not known whether it was changed, the next If-Match could be wrong.
  if (method === 'PATCH' && status === 200) rowsOf(path).push({ id: row.id, etag });
  if (operation === 'list') cursors[path] = status === 200 ? JSON.parse(body).meta.nextCursor : null;
}

async function seed(resource, vars) {
  const { body, headers } = await creation(resource, vars);
  const signed = { ...(await signedIn(vars)), ...headers };
  const made = await call(vars.target, 'POST', resource.path, { body, headers: signed });
  return must(made, `making a row in ${resource.path}`).json().id;
}

async function creation(resource, vars) {
  const body = bodyFor(resource, (schema) => schema);
  for (const [name, schema] of Object.entries(resource.fields))
    if (body[name] === schema) body[name] = await referred(schema, vars);
  return { body, headers: { 'idempotency-key': crypto.randomUUID() } };
}

async function referred(schema, vars) {
  const path = schema['x-references'];
  // Only one row may refer to each: it needs one that nobody else has.
  if (schema['x-unique'])
    return seed(
      vars.resources.find((resource) => resource.path === path),
      vars,
    );
  const known = vars.seeded[path];
  // A resource that has to refer to itself: one that is there already.
  if (known.length === 0) {
    const page = await call(vars.target, 'GET', `${path}?limit=1`, { headers: await signedIn(vars) });
    return must(page, `finding a row in ${path}`).json().data[0].id;
  }
  return pick(known);
}
