import { bodyFor, changesFor } from './bodies.js';
import { signedIn, signIn } from './callers.js';
import { must, send } from './api.js';
import { pick, pickWeighted } from './random.js';
import { resourcesOf } from './resources.js';

/** What callers do, in percent of the requests. Measure yours and put it here. */
const mix = { read: 55, list: 20, create: 10, update: 10, remove: 5 };
const pageSize = 20;
/** Rows of each resource that are there for all: read, referred to, never changed. */
const seededRows = Number(__ENV.SEED_ROWS ?? 5);

/** Rows that this virtual user has made, by path, so that no two change the same one. */
const own = {};
/** Where this virtual user goes on in each list. */
const cursors = {};

/** Runs once: reads the contract, signs in and makes the rows that all share. */
export function setup() {
  must(send('GET', '/readyz'), 'asking whether the API is ready');
  const contract = must(send('GET', '/openapi.json'), 'reading the contract').json();
  const data = { resources: resourcesOf(contract), session: signIn(), seeded: {} };
  for (const resource of data.resources) {
    data.seeded[resource.path] = [];
    for (let row = 0; row < seededRows; row += 1) data.seeded[resource.path].push(seed(resource, data));
  }
  return data;
}

/** One request as a caller would send it. */
export default function traffic(data) {
  const resource = pick(data.resources);
  own[resource.path] ??= [];
  const wanted = pickWeighted(mix);
  const possible = own[resource.path].length > 0 || (wanted !== 'update' && wanted !== 'remove');
  operations[possible ? wanted : 'create'](resource, data);
}

/** Runs once: takes away what setup has made, in the other order. */
export function teardown(data) {
  for (const { path } of [...data.resources].reverse())
    // Rows of virtual users may still refer to it, then it stays.
    for (const { id } of data.seeded[path])
      send('DELETE', `${path}/${id}`, {
        name: `DELETE ${path}/{id}`,
        headers: signedIn(data.session),
        expected: [204, 409],
      });
}

const operations = {
  list({ path }, { session }) {
    const query = `limit=${pageSize}${cursors[path] ? `&cursor=${encodeURIComponent(cursors[path])}` : ''}`;
    const page = send('GET', `${path}?${query}`, { name: `GET ${path}`, headers: signedIn(session) });
    cursors[path] = page.status === 200 ? page.json('meta.nextCursor') : null;
  },

  read({ path }, { seeded, session }) {
    const { id } = pick(own[path].length > 0 && Math.random() < 0.5 ? own[path] : seeded[path]);
    send('GET', `${path}/${id}`, { name: `GET ${path}/{id}`, headers: signedIn(session) });
  },

  create(resource, data) {
    const row = create(resource, data);
    if (row) own[resource.path].push(row);
  },

  update(resource, { session }) {
    const { path } = resource;
    const row = pick(own[path]);
    const answer = send('PATCH', `${path}/${row.id}`, {
      name: `PATCH ${path}/{id}`,
      body: changesFor(resource),
      headers: { ...signedIn(session), 'if-match': row.etag },
    });
    if (answer.status === 200) row.etag = answer.headers.Etag;
    // Whether it was changed is not known: the next If-Match could be wrong.
    else forget(path, row);
  },

  remove({ path }, { session }) {
    const row = pick(own[path]);
    forget(path, row);
    send('DELETE', `${path}/${row.id}`, {
      name: `DELETE ${path}/{id}`,
      headers: { ...signedIn(session), 'if-match': row.etag },
      expected: [204],
    });
  },
};

function forget(path, row) {
  own[path] = own[path].filter((other) => other !== row);
}

/** Creates a row. @returns undefined when it was refused, or when a value that has to be unique was taken */
function create(resource, data) {
  const unique = Object.values(resource.fields).some((schema) => schema['x-unique']);
  const answer = post(resource, data, unique ? [201, 409] : [201]);
  return answer.status === 201 ? rowOf(answer) : undefined;
}

function seed(resource, data) {
  return rowOf(must(post(resource, data, [201]), `making a row in ${resource.path}`));
}

function post(resource, data, expected) {
  return send('POST', resource.path, {
    body: bodyFor(resource, (schema) => referred(schema, data)),
    headers: { ...signedIn(data.session), 'idempotency-key': crypto.randomUUID() },
    expected,
  });
}

function rowOf(answer) {
  return { id: answer.json('id'), etag: answer.headers.Etag };
}

function referred(schema, data) {
  const path = schema['x-references'];
  // Only one row may refer to each: it needs one that nobody else has.
  if (schema['x-unique'])
    return seed(
      data.resources.find((resource) => resource.path === path),
      data,
    ).id;
  const known = data.seeded[path];
  // A resource that has to refer to itself: one that is there already.
  if (known.length === 0)
    return must(
      send('GET', `${path}?limit=1`, { headers: signedIn(data.session) }),
      `finding a row in ${path}`,
    ).json('data.0.id');
  return pick(known).id;
}
