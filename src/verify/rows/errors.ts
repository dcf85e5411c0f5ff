import { Readable } from 'node:stream';
import type { Api } from '../api.js';
import { wrongValueFor } from '../bodies.js';
import type { Schema } from '../contract.js';
import { expectEqual, expectHeader, expectProblem, expectStatus, expectThat } from '../expectations.js';
import type { Row } from '../row.js';

const group = 'errors';
const nowhere = '/v1/there-is-nothing-here';
/** What only the inside of a server would say. */
const insides =
  /\bat .+:\d+:\d+|node_modules|site-packages|Traceback|\bselect\b.+\bfrom\b|\binsert into\b|relation "|ECONN|127\.0\.0\.1/i;

export const errors: Row[] = [
  {
    id: 'PD1',
    group,
    title: 'an error is problem details',
    expected: 'application/problem+json with type, title, status, detail, instance and requestId',
    source: 'RFC 9457, section 3.1',
    mend: 'Write every error through one handler that makes problem details.',
    evidence: ['observed'],
    needs: [],
    quick: true,
    async run(api) {
      const problem = expectProblem(await api.send({ path: nowhere }), 404, 'not-found');
      expectEqual(problem.instance, nowhere, 'the member "instance"');
    },
  },
  {
    id: 'PD2',
    group,
    title: 'errors of the framework and the HTTP parser have the same shape',
    expected: 'problem details for a malformed path, a request that is no HTTP and too long a path',
    source: 'RFC 9457; OWASP API8:2023',
    mend: "Replace the framework's own error pages, and answer the parser's errors on the socket yourself.",
    evidence: [],
    needs: ['started'],
    quick: true,
    async run(api) {
      const malformed = await api.send({ path: '/v1/%ZZ' });
      expectThat(
        malformed.status >= 400 && malformed.status < 500,
        'a status 4xx for /v1/%ZZ',
        malformed.status,
      );
      expectProblem(malformed, malformed.status);
      expectProblem(
        await api.send({ path: `/v1/${'a'.repeat(9000)}`, to: api.fleet.instances[0]!.url }),
        414,
      );
      const connection = await api.connect(api.fleet.instances[0]);
      connection.write('THIS IS NO HTTP\r\n\r\n');
      const text = await connection.received(/\}\s*$/, 3000);
      connection.end();
      expectThat(
        /^HTTP\/1\.1 4\d\d/.test(text) && /application\/problem\+json/i.test(text),
        'problem details on the socket for bytes that are no HTTP',
        text.slice(0, 300) || 'nothing',
      );
    },
  },
  {
    id: 'PD3',
    group,
    title: 'an unexpected failure says nothing of the inside',
    expected: '500 with a generic detail: no stack, SQL, class name or host',
    source: 'OWASP API8:2023; ASVS V16.5.1',
    mend: 'Answer what no handler knows with one generic problem, and log the cause under the request id.',
    evidence: [],
    needs: ['started', 'database', 'resource'],
    quick: false,
    async run(api) {
      const table = api.resource.path.split('/').at(-1)!.replaceAll('-', '_');
      await api.fleet.query(`alter table "${table}" rename to "${table}_away"`);
      try {
        const response = await api.send({ path: api.resource.path });
        expectProblem(response, 500, 'internal');
        const said = response.text.replaceAll('\\"', '"');
        expectThat(!insides.test(said), 'a body without anything of the inside', response.text);
      } finally {
        await api.fleet.query(`alter table "${table}_away" rename to "${table}"`);
      }
    },
  },
  {
    id: 'VA1',
    group,
    title: 'malformed JSON',
    expected: '400 malformed-request',
    source: 'RFC 9110, section 15.5.1',
    mend: 'Tell a body that cannot be parsed (400) from one that breaks the schema (422).',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      for (const body of ['{"a": ', '{"a": 1,}', 'null x', ''])
        expectProblem(
          await post(api, { body, headers: { 'content-type': 'application/json' } }),
          400,
          'malformed-request',
        );
    },
  },
  {
    id: 'VA2',
    group,
    title: 'all errors of a body at once',
    expected:
      '422 validation-failed with a pointer, code and detail for each, and without the rejected values',
    source: 'RFC 9110, section 15.5.21; RFC 6901',
    mend: 'Let the validator collect all errors, and build `errors` from its paths and keywords.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      const names = propertiesOf(api)
        .map(([name]) => name)
        .slice(0, 2);
      const marker = 424_242_424_242;
      const body = { ...(await api.body()), ...Object.fromEntries(names.map((name) => [name, { marker }])) };
      const response = await post(api, { json: body });
      const problem = expectProblem(response, 422, 'validation-failed');
      const pointers = (problem.errors ?? []).map((error: { pointer?: string }) => error.pointer);
      for (const name of names)
        expectThat(pointers.includes(`#/${name}`), `an error with the pointer "#/${name}"`, response.text);
      for (const error of problem.errors)
        expectThat(
          typeof error.code === 'string' && typeof error.detail === 'string',
          'a code and a detail for each error',
          JSON.stringify(error),
        );
      expectThat(!response.text.includes(String(marker)), 'rejected values not to be echoed', response.text);
    },
  },
  {
    id: 'VA3',
    group,
    title: 'a bad query parameter',
    expected: '400 invalid-parameter that names the parameter',
    source: 'RFC 9110, section 15.5.1',
    mend: 'Validate the query against the contract, unknown parameters included.',
    evidence: [],
    needs: ['resource'],
    quick: true,
    async run(api) {
      for (const [name, value] of [
        ['limit', 'abc'],
        ['sort', 'no-such-field'],
        ['no_such_parameter', '1'],
      ]) {
        const response = await api.send({ path: `${api.resource.path}?${name}=${value}`, as: 'reader' });
        const problem = expectProblem(response, 400, 'invalid-parameter');
        expectThat(
          problem.errors?.some((error: { parameter?: string }) => error.parameter === name),
          `an error for the parameter "${name}"`,
          response.text,
        );
      }
    },
  },
  {
    id: 'VA4',
    group,
    title: 'a body takes only what the schema names, in the types it names',
    expected: '422 for an unknown property and for a value of another type; `__proto__` is never applied',
    source: 'OWASP API3:2023 (mass assignment)',
    mend: 'Set additionalProperties to false, turn coercion off for bodies, and refuse system fields.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      const good = await api.body();
      for (const extra of [
        { unknownProperty: 1 },
        { id: '01900000-0000-7000-8000-000000000000' },
        { version: 7 },
      ])
        expectProblem(await post(api, { json: { ...good, ...extra } }), 422, 'validation-failed');
      for (const [name, schema] of propertiesOf(api))
        expectProblem(
          await post(api, { json: { ...good, [name]: wrongValueFor(schema) } }),
          422,
          'validation-failed',
        );
      for (const member of [
        '"__proto__": {"polluted": 1}',
        '"constructor": {"prototype": {"polluted": 1}}',
      ]) {
        const body = JSON.stringify(good).replace('{', `{${member},`);
        const response = await post(api, { body, headers: { 'content-type': 'application/json' } });
        expectThat(
          response.status >= 400 && response.status < 500,
          'a status 4xx',
          `status ${response.status} for ${member}`,
        );
      }
      const after = await api.send({ path: api.resource.path, as: 'reader' });
      expectThat(
        !after.text.includes('polluted'),
        'answers without the polluting member',
        after.text.slice(0, 300),
      );
    },
  },
  {
    id: 'VA5',
    group,
    title: 'an identifier that can be none',
    expected: '404 not-found, without asking the database in vain',
    source: 'RFC 9110, section 15.5.5',
    mend: 'Check the form of the identifier before the query: the database would refuse it with an error of its own.',
    evidence: [],
    needs: ['resource'],
    quick: true,
    async run(api) {
      for (const id of ['no-uuid', '1', "1' or '1'='1", '00000000-0000-0000-0000-00000000000Z', '%00'])
        expectProblem(
          await api.send({
            path: api.resource.item('').concat(id === '%00' ? id : encodeURIComponent(id)),
            as: 'reader',
          }),
          404,
          'not-found',
        );
    },
  },
  {
    id: 'ME1',
    group,
    title: 'methods',
    expected:
      '405 with exactly the methods of the path in Allow; HEAD as GET without a body; OPTIONS 204 with Allow',
    source: 'RFC 9110, sections 9.3.2, 9.3.7 and 15.5.6',
    mend: 'Register a handler for the other methods of each path, and make Allow from the routes.',
    evidence: [],
    needs: ['resource'],
    quick: true,
    async run(api) {
      const { resource } = api;
      for (const [path, methods] of [
        [resource.path, resource.methods.collection],
        [resource.item('01900000-0000-7000-8000-000000000000'), resource.methods.item],
      ] as const) {
        const allowed = [
          ...new Set([...methods, 'OPTIONS', ...(methods.includes('GET') ? ['HEAD'] : [])]),
        ].sort();
        for (const method of ['PUT', 'DELETE', 'PATCH', 'POST', 'TRACE', 'QUERY', 'PROPFIND']) {
          if (allowed.includes(method)) continue;
          const response = await api.send({ method, path, as: 'admin' });
          expectProblem(response, 405, 'method-not-allowed');
          expectEqual(listed(expectHeader(response, 'Allow')), allowed, 'Allow');
        }
        const asked = await api.send({ method: 'OPTIONS', path });
        expectStatus(asked, 204);
        expectEqual(listed(expectHeader(asked, 'Allow')), allowed, 'Allow');
      }
      const read = await api.send({ path: resource.path, as: 'reader' });
      const head = await api.send({ path: resource.path, method: 'HEAD', as: 'reader' });
      expectStatus(head, read.status);
      expectEqual(head.text, '', 'the body of HEAD');
      for (const name of ['content-type', 'content-length', 'etag', 'cache-control'])
        expectEqual(head.headers[name], read.headers[name], `${name} of HEAD, as of GET,`);
    },
  },
  {
    id: 'MT1',
    group,
    title: 'media types',
    expected:
      '415 with Accept or Accept-Patch for a body of another or no type; 406 for an Accept without JSON',
    source: 'RFC 9110, sections 12.5.1 and 15.5.16; RFC 5789, section 3.1',
    mend: 'Take only the types of the contract, and negotiate before the handler.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      const body = JSON.stringify(await api.body());
      const types: Record<string, string>[] = [
        { 'content-type': 'text/plain' },
        { 'content-type': 'application/xml' },
        {},
      ];
      for (const headers of types) {
        const response = await post(api, { body, headers });
        expectProblem(response, 415, 'unsupported-media-type');
        expectHeader(response, 'Accept', /application\/json/);
      }
      if (api.resource.methods.item.includes('PATCH')) {
        const { path } = await api.create();
        const patched = await api.send({
          method: 'PATCH',
          path,
          as: 'editor',
          body: '{}',
          headers: { 'content-type': 'text/plain' },
        });
        expectProblem(patched, 415, 'unsupported-media-type');
        expectHeader(patched, 'Accept-Patch', /application\/merge-patch\+json/);
      }
      for (const accept of ['application/xml', 'text/html', 'application/json;q=0'])
        expectProblem(
          await api.send({ path: api.resource.path, as: 'reader', headers: { accept } }),
          406,
          'not-acceptable',
        );
      for (const accept of ['*/*', 'application/*', 'text/html, application/json;q=0.1'])
        expectStatus(await api.send({ path: api.resource.path, as: 'reader', headers: { accept } }), 200);
    },
  },
  {
    id: 'BL1',
    group,
    title: 'a body over the limit',
    expected: '413 content-too-large, whether its length is declared or it comes in chunks',
    source: 'RFC 9110, section 15.5.14; OWASP API4:2023',
    mend: 'Refuse by Content-Length before reading, and count what comes in chunks.',
    evidence: ['limited'],
    needs: ['started', 'resource', 'writing'],
    quick: true,
    async run(api) {
      const limit = Number(api.fleet.settings.BODY_LIMIT_BYTES);
      const to = api.fleet.instances[0]!.url;
      const json = { 'content-type': 'application/json' };
      const large = JSON.stringify({ text: 'x'.repeat(limit) });
      expectProblem(await post(api, { body: large, headers: json, to }), 413, 'content-too-large');
      expectProblem(
        await post(api, { body: Readable.from(slices(large)), headers: json, to }),
        413,
        'content-too-large',
      );
      // Just the declaration: nobody should have to send it all to learn that it is too much.
      const connection = await api.connect(api.fleet.instances[0]);
      const fields = Object.entries(api.authorization('editor')).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      );
      connection.write(
        `POST ${api.resource.path} HTTP/1.1\r\nhost: verify\r\n${fields.join('')}content-type: application/json\r\ncontent-length: ${limit * 100}\r\n\r\n`,
      );
      const answer = await connection.received(/\r\n\r\n/, 3000);
      connection.end();
      expectThat(
        /^HTTP\/1\.1 413 /.test(answer),
        '413 for the declared length alone',
        answer.slice(0, 100) || 'nothing',
      );
    },
  },
  {
    id: 'ID1',
    group,
    title: 'X-Request-Id',
    expected:
      'taken when it is 8 to 128 letters, digits, dots, dashes or underscores, else replaced; on every answer',
    source: 'OWASP Logging Cheat Sheet (log injection)',
    mend: 'Check the form of the header before it is used, and set it before anything can fail.',
    evidence: ['observed'],
    needs: [],
    quick: true,
    async run(api) {
      const good = 'verify.A_1-23456';
      for (const path of ['/livez', nowhere]) {
        const kept = await api.send({ path, headers: { 'x-request-id': good } });
        expectEqual(expectHeader(kept, 'X-Request-Id'), good, 'X-Request-Id');
        for (const bad of ['short', 'with space in it', 'x'.repeat(129), '<script>alert(1)</script>']) {
          const replaced = await api.send({ path, headers: { 'x-request-id': bad } });
          const made = expectHeader(replaced, 'X-Request-Id', /^[A-Za-z0-9._-]{8,128}$/);
          expectThat(made !== bad, `another X-Request-Id than "${bad}"`, made);
        }
      }
      const problem = expectProblem(
        await api.send({ path: nowhere, headers: { 'x-request-id': good } }),
        404,
      );
      expectEqual(problem.requestId, good, 'the member "requestId"');
    },
  },
];

function post(api: Api, request: Omit<Parameters<Api['send']>[0], 'path'>) {
  return api.send({ method: 'POST', path: api.resource.path, as: 'editor', ...request });
}

function propertiesOf(api: Api): [string, Schema][] {
  return Object.entries((api.resource.input.properties ?? {}) as Record<string, Schema>);
}

function listed(header: string): string[] {
  return header
    .split(',')
    .map((method) => method.trim())
    .filter(Boolean)
    .sort();
}

function* slices(text: string): Generator<string> {
  for (let start = 0; start < text.length; start += 16_384) yield text.slice(start, start + 16_384);
}
