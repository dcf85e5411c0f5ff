import type { Api } from '../../cluster/api.js';
import type { Schema } from '../../contract/contract.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectStatus,
  expectThat,
} from '../../http/expectations.js';
import { NotApplicable, type Row } from '../row.js';
import { absentItem } from '../shared/items.js';
import { withoutTable } from '../shared/tables.js';

const group = 'errors';
const nowhere = '/v1/there-is-nothing-here';
/** What only the inside of a server would say. */
const insides =
  /\bat .+:\d+:\d+|node_modules|site-packages|Traceback|\bselect\b.+\bfrom\b|\binsert into\b|relation "|ECONN|127\.0\.0\.1/i;

export const problems: Row[] = [
  {
    id: 'PD1',
    group,
    title: 'an error is problem details',
    expected:
      'application/problem+json with type, title, status, detail, instance and requestId; a type that leads to a page of the API is described there',
    source: 'RFC 9457, sections 3.1 and 4.1',
    remedy: 'Write every error through one handler that makes problem details.',
    evidence: [],
    needs: ['problems'],
    quick: true,
    async run(api) {
      // What an API behind a base path has elsewhere is not its own.
      const isOwn = api.contract.style.problems === 'contract';
      const paths = isOwn || api.contract.resources.length === 0 ? [nowhere] : [absentItem(api)];
      for (const path of paths) {
        const problem = expectProblem(await api.send({ path, as: 'reader' }), 404, 'not-found');
        if (isOwn) expectEqual(problem.instance, path, 'the member "instance"');
        if (typeof problem.type === 'string') await expectDescribed(api, problem.type);
      }
    },
  },
  {
    id: 'PD2',
    group,
    title: 'errors of the framework have the same shape',
    expected: 'problem details for a malformed path and for too long a path',
    source: 'RFC 9457; OWASP API8:2023',
    remedy: "Replace the framework's own error pages.",
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
    },
  },
  {
    id: 'PD4',
    revision: 2,
    group,
    title: 'errors of the HTTP parser have the same shape',
    expected:
      'problem details for what is no HTTP (4xx) and for headers of 100 KB (431); any 4xx, or the end of the connection, of a project that was not generated',
    source: 'RFC 9457; RFC 9112, section 2.2; RFC 6585, section 5; OWASP API8:2023',
    remedy: "Answer the parser's errors on the socket yourself, or have the load balancer answer them.",
    evidence: [],
    tier: 'server',
    needs: ['started'],
    quick: true,
    async run(api) {
      for (const [what, status, bytes] of [
        ['bytes that are no HTTP', '4\\d\\d', 'THIS IS NO HTTP\r\n\r\n'],
        [
          'too long headers',
          '431',
          `GET /livez HTTP/1.1\r\nhost: verify\r\nx-long: ${'a'.repeat(100_000)}\r\n\r\n`,
        ],
      ] as const) {
        const connection = await api.connect(api.fleet.front);
        connection.write(bytes);
        const text = await connection.received(api.contract.isOwn ? /\}\s*$/ : /\r\n\r\n/, 3000);
        connection.end();
        if (!api.contract.isOwn) {
          expectRefused(what, text);
          continue;
        }
        expectThat(
          new RegExp(`^HTTP/1\\.1 ${status} `).test(text) && /application\/problem\+json/i.test(text),
          `problem details on the socket for ${what}`,
          text.slice(0, 300) || 'nothing',
        );
      }
    },
  },
  {
    id: 'PD3',
    group,
    title: 'an unexpected failure says nothing of the inside',
    expected: '500 with a generic detail: no stack, SQL, class name or host',
    source: 'OWASP API8:2023; ASVS V16.5.1',
    remedy: 'Answer unexpected errors with one generic problem, and log the cause with the request id.',
    evidence: [],
    needs: ['started', 'database', 'resource'],
    quick: false,
    async run(api) {
      await withoutTable(api, api.resource, async () => {
        const response = await api.send({ path: api.resource.path });
        expectProblem(response, 500, 'internal');
        const said = response.text.replaceAll('\\"', '"');
        expectThat(!insides.test(said), 'a body without anything of the inside', response.text);
      });
    },
  },
  {
    id: 'ID1',
    group,
    title: 'X-Request-Id',
    expected:
      'taken when it is 8 to 128 letters, digits, dots, dashes or underscores, else replaced; on every answer',
    source: 'OWASP Logging Cheat Sheet (log injection)',
    remedy: 'Check the form of the header before it is used, and set it before anything can fail.',
    evidence: [],
    needs: ['requestId'],
    quick: true,
    async run(api) {
      const { problems, names } = api.contract.style;
      if (problems !== 'contract') return expectSafeIds(api, names.requestId!);
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

/** Elsewhere, a parser may answer in any form, and may close the connection over what is no HTTP at all. */
function expectRefused(what: string, text: string): void {
  expectThat(
    text === '' || /^HTTP\/1\.[01] 4\d\d /.test(text),
    `a status 4xx, or the end of the connection, for ${what}`,
    text.slice(0, 300),
  );
}

/** In the header of the API: on every answer, and never with what could begin another line of a log or a tag of a page. */
async function expectSafeIds(api: Api, name: string): Promise<void> {
  const { names } = api.contract.style;
  const [resource] = api.contract.resources;
  let answered = false;
  for (const path of [names.health, resource?.path, nowhere].filter((one) => one !== undefined))
    for (const given of ['verify-A1-23456', 'x'.repeat(5000), '<script>alert(1)</script>']) {
      const response = await api.send({ path, as: 'reader', headers: { [name]: given } });
      // A document may have it among the headers of requests alone.
      if (response.headers[name.toLowerCase()] === undefined && !isAnswered(api, name)) continue;
      answered = true;
      const id = expectHeader(response, name);
      expectThat(
        !/[<>]/.test(id) && id.length < 1000,
        `${name} of letters and digits, of some length`,
        `${name}: ${id.slice(0, 100)}`,
      );
    }
  if (!answered) throw new NotApplicable(`no answer has ${name}`);
}

/** Whether the document has a header of answers. */
function isAnswered({ contract }: Api, name: string): boolean {
  return contract.operations.some(({ source }) =>
    Object.values((source.responses ?? {}) as Record<string, Schema>).some(({ headers = {} }) =>
      Object.keys(headers).some((header) => header.toLowerCase() === name.toLowerCase()),
    ),
  );
}

/** The URL of a type that points to the API leads to its description. */
async function expectDescribed(api: Api, type: string): Promise<void> {
  const [base = ''] = api.origins;
  if (!URL.canParse(type, base)) return;
  const { origin, pathname, hash } = new URL(type, base);
  if (origin !== new URL(base).origin || hash === '') return;
  const page = await api.send({ path: api.pathOf(pathname) });
  expectStatus(page, 200);
  expectThat(page.text.includes(`id="${hash.slice(1)}"`), `an element "${hash}" in ${pathname}`, 'none');
}
