import { Readable } from 'node:stream';
import type { Response } from '../../http/exchange.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectStatus,
  expectThat,
} from '../../http/expectations.js';
import type { Row } from '../row.js';
import { post } from './validation.js';

const group = 'errors';

export const requests: Row[] = [
  {
    id: 'ME1',
    group,
    title: 'methods',
    expected:
      '405 with exactly the methods of the path in Allow; HEAD as GET without a body; OPTIONS 204 with Allow',
    source: 'RFC 9110, sections 9.3.2, 9.3.7 and 15.5.6',
    remedy: 'Register a handler for the other methods of each path, and make Allow from the routes.',
    evidence: [],
    needs: ['resource'],
    quick: true,
    async run(api) {
      const { resource } = api;
      const isOwn = api.contract.style.problems === 'contract';
      for (const [path, methods] of [
        [resource.path, resource.methods.collection],
        [resource.item(resource.absent()), resource.methods.item],
      ] as const) {
        const allowed = [
          ...new Set([...methods, 'OPTIONS', ...(methods.includes('GET') ? ['HEAD'] : [])]),
        ].sort();
        for (const method of ['PUT', 'DELETE', 'PATCH', 'POST', 'TRACE', 'QUERY', 'PROPFIND']) {
          if (allowed.includes(method) || !api.maySend(method)) continue;
          const response = await api.send({ method, path, as: 'admin' });
          expectProblem(response, 405, 'method-not-allowed');
          if (isOwn) expectEqual(listed(expectHeader(response, 'Allow')), allowed, 'Allow');
          else if (response.status === 405) expectAllowed(response, methods);
        }
        // Nothing asks an API for OPTIONS but its own document.
        if (!isOwn) continue;
        const asked = await api.send({ method: 'OPTIONS', path });
        expectStatus(asked, 204);
        expectEqual(listed(expectHeader(asked, 'Allow')), allowed, 'Allow');
      }
      const read = await api.send({ path: resource.path, as: 'reader' });
      const head = await api.send({ path: resource.path, method: 'HEAD', as: 'reader' });
      expectStatus(head, read.status);
      expectEqual(head.text, '', 'the body of HEAD');
      // RFC 9110, section 9.3.2: those that take the body to know may be left out.
      for (const name of ['content-type', ...(isOwn ? ['content-length', 'etag', 'cache-control'] : [])])
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
    remedy: 'Take only the types of the contract, and negotiate before the handler.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      const isOwn = api.contract.style.problems === 'contract';
      const body = JSON.stringify(await api.body());
      const types: Record<string, string>[] = [
        { 'content-type': 'text/plain' },
        { 'content-type': 'application/xml' },
        // A recipient may look at the bytes (RFC 9110, section 8.3).
        ...(isOwn ? [{}] : []),
      ];
      for (const headers of types) {
        const response = await post(api, { body, headers });
        expectProblem(response, 415, 'unsupported-media-type');
        if (isOwn) expectHeader(response, 'Accept', /application\/json/);
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
        // RFC 5789, section 2.2.
        const known = isOwn ? /application\/merge-patch\+json/ : /\//;
        if (patched.status === 415) expectHeader(patched, 'Accept-Patch', known);
      }
      for (const accept of ['application/xml', 'text/html', 'application/json;q=0']) {
        const response = await api.send({ path: api.resource.path, as: 'reader', headers: { accept } });
        // RFC 9110, section 12.5.1: an API may send what it has all the same.
        if (isOwn || response.status !== 200) expectProblem(response, 406, 'not-acceptable');
      }
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
    remedy: 'Refuse by Content-Length before reading, and count the bytes of chunked bodies.',
    evidence: ['limited'],
    needs: ['started', 'resource', 'writing'],
    relies: ['BODY_LIMIT_BYTES'],
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
      // Only the headers: the API can reject the size before the body arrives.
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
];

/** RFC 9110, section 15.5.6: a 405 has an Allow, with the methods that there are. */
function expectAllowed(response: Response, methods: readonly string[]): void {
  const allowed = listed(expectHeader(response, 'Allow').toUpperCase());
  const missing = methods.filter((method) => !allowed.includes(method));
  expectThat(missing.length === 0, `Allow with ${methods.join(', ')}`, `Allow: ${allowed.join(', ')}`);
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
