import type { Deviation } from '../../contract/conformance.js';
import { expectHeader, expectProblem, expectThat, Hindrance, Mismatch } from '../../http/expectations.js';
import type { Row } from '../row.js';
import { alike } from './alike.js';
import { generatedRequests } from './generated-requests.js';
import { parameterBounds } from './parameter-bounds.js';

const group = 'versioning';

export const versioning: Row[] = [
  {
    id: 'VE1',
    group,
    title: 'the version stands in the path',
    expected: 'operations under /v1, and 404 for a version that does not exist',
    source: 'OWASP API9:2023',
    remedy: 'Mount the routes of a version under its own prefix, and nothing else there.',
    evidence: ['versioned'],
    needs: ['version'],
    quick: true,
    async run(api) {
      const paths = api.contract.operations.map(({ path }) => path);
      // A header, a parameter or a media type says it as well, and so does a base path.
      if (api.contract.style.problems !== 'contract') return;
      const versioned = paths.filter((path) => /^\/v\d+\//.test(path));
      expectThat(versioned.length > 0, 'paths that begin with a version', paths.slice(0, 5).join(', '));
      const next = versioned[0]!.replace(/^\/v(\d+)\//, (_, number) => `/v${Number(number) + 1}/`);
      if (!paths.includes(next))
        expectProblem(await api.send({ path: next.replace(/\{.+\}/, 'x') }), 404, 'not-found');
    },
  },
  {
    id: 'VE2',
    group,
    title: 'deprecated operations say so',
    expected: 'Deprecation, Sunset and a Link on answers of operations that the contract marks deprecated',
    source: 'RFC 9745; RFC 8594',
    remedy: 'Set the three headers from the mark in the contract.',
    evidence: ['versioned'],
    needs: ['deprecated', 'deprecationHeaders'],
    quick: true,
    async run(api) {
      for (const { path, method } of api.contract.operations.filter((operation) => operation.deprecated)) {
        if (method !== 'GET') continue;
        const response = await api.send({ path: path.replace(/\{.+?\}/g, 'x'), as: 'admin' });
        expectHeader(response, 'Deprecation', /^@\d+$/);
        // No RFC asks for all three; it says how each is written.
        if (api.contract.style.problems !== 'contract' && !response.headers.sunset) continue;
        expectHeader(response, 'Sunset', /GMT$/);
        expectHeader(response, 'Link', /rel="?(deprecation|sunset|successor-version)"?/);
      }
    },
  },
  {
    id: 'OA1',
    group,
    title: 'every answer to every row is as the OpenAPI document says',
    expected: 'a documented status, media type and body, and the required headers',
    source: 'OpenAPI 3.1, section 4.8.16 (Responses Object)',
    remedy: 'Correct the document or the answer; serve the document that validation is made from.',
    evidence: [],
    needs: [],
    quick: true,
    last: true,
    async run(api) {
      const reads = api.contract.operations.filter(
        ({ method, path }) => method === 'GET' && !path.includes('{'),
      );
      for (const { path } of reads) await api.send({ path, as: 'admin' });
      const [first, ...others] = api.deviations;
      if (first)
        throw new Mismatch(first.expected, [first.got, ...toldOf(others)].join('\n'), {
          exchange: first.exchange,
          operations: [...new Set(api.deviations.map(({ operation }) => operation))].sort(),
        });
    },
  },
  {
    id: 'OA4',
    group,
    title: 'the document can be read',
    expected: 'an OpenAPI 3 document behind a link of the API, or where frameworks put it',
    source: 'OpenAPI 3.1, section 4.3 (OpenAPI Description Structure); RFC 8631, section 4.1',
    remedy: 'Publish it, or say where it is: --openapi takes a URL or a file.',
    evidence: [],
    needs: ['url'],
    quick: true,
    hinders: (row) => row.group !== 'transport',
    async run({ failures }) {
      if (failures.document !== undefined)
        throw new Hindrance('no document could be read', 'an OpenAPI 3 document', failures.document);
    },
  },
  generatedRequests,
  alike,
  parameterBounds,
];

/** Deviations that are told in words beside the first. */
const most = 19;

function toldOf(deviations: readonly Deviation[]): string[] {
  const told = deviations.slice(0, most).map(({ expected, got }) => `Also expected ${expected}, got ${got}`);
  return deviations.length > most ? [...told, `And ${deviations.length - most} more`] : told;
}
