import { exerciseOf } from './exercise.js';
import type { Mutant } from './mutant.js';

const planted = exerciseOf('fastify');
const contract = 'openapi.yaml';
const statements = 'dist/database/queries.js';
const cursor = 'dist/http/cursor.js';
const query = 'dist/http/list-query.js';
const responses = 'dist/http/responses.js';
const repository = 'dist/resources/products/repository.js';
const routes = 'dist/resources/products/routes.js';
const service = 'dist/resources/products/service.js';

export const lists: Mutant[] = [
  {
    row: 'PG1',
    name: 'clamps the limit',
    file: 'dist/plugins/requests.js',
    from: 'async ({ context }) => {',
    to: `async ({ context, query }) => {
        if (query.limit !== undefined)
          query.limit = Math.min(100, Math.max(1, Number.parseInt(query.limit) || 50));`,
    also: ['VA3'],
  },
  {
    row: 'PG1',
    name: 'gives 20 items without a limit',
    file: contract,
    from: 'default: 50',
    to: 'default: 20',
  },
  {
    row: 'PG2',
    name: 'pages by an offset',
    file: service,
    from: /const rows = await repository\.page\([\s\S]*?: null;/,
    to: `const start = after?.[0] ?? 0;
      const upTo = { ...request, limit: start + request.limit };
      const rows = (await repository.page(database, upTo, undefined, context, true)).slice(start);
      const more = rows.length > request.limit;
      if (more) rows.pop();
      const nextCursor = more ? cursors.encode(request.identity, [start + request.limit]) : null;`,
    also: ['PG3', 'PG6'],
  },
  planted('missing-rows', 'leaves ties to chance'),
  {
    row: 'PG3',
    name: 'looks up the row that a cursor names',
    file: service,
    from: 'const rows = await repository.page(',
    to: `if (after && !(await repository.find(database, after.at(-1), context, true)))
        throw new Problem('invalid-cursor');
      const rows = await repository.page(`,
  },
  {
    row: 'PG4',
    name: 'does not look at the signature of a cursor',
    file: cursor,
    from: 'given.length !== expected.length || !timingSafeEqual(given, expected)',
    to: 'false',
  },
  {
    row: 'PG4',
    name: "takes another order's cursor",
    file: query,
    from: 'JSON.stringify([resource, query.sort, filters])',
    to: 'JSON.stringify([resource, filters])',
  },
  {
    row: 'PG4',
    name: "takes another filter's cursor",
    file: query,
    from: 'JSON.stringify([resource, query.sort, filters])',
    to: 'JSON.stringify([resource, query.sort])',
  },
  {
    row: 'PG5',
    name: 'links to no next page',
    file: responses,
    from: "reply.header('link', nextLink(request.url, nextCursor));",
    to: '{}',
  },
  {
    row: 'PG5',
    name: 'links from the last page, too',
    file: responses,
    from: 'if (nextCursor !== null)',
    to: 'if (request.url)',
  },
  {
    row: 'PG5',
    name: 'forgets the other parameters in the link',
    file: query,
    from: '[...others, `cursor=',
    to: '[`cursor=',
  },
  {
    row: 'PG5',
    name: 'takes any full page for one with a next',
    file: service,
    from: /const more = rows\.length > request\.limit;\s+if \(more\)/,
    to: `const more = rows.length >= request.limit;
      if (rows.length > request.limit)`,
  },
  {
    row: 'PG6',
    name: 'goes through all rows before the page',
    file: statements,
    from: /return sql `(\(\$\{keys\}\) .+)`;/,
    to: 'return sql `coalesce($1, false)`;',
  },
  {
    row: 'PG6',
    name: 'has no index for an order and a filter',
    file: 'migrations/0101_products.sql',
    from: /create index "products__status" .+;/,
    to: '',
  },
  {
    row: 'FS1',
    name: 'gives all fields of an item',
    file: routes,
    from: 'const fields = fieldList(request.query.fields);',
    to: 'const fields = undefined;',
  },
  {
    row: 'FS1',
    name: 'takes any text for a list of fields',
    file: contract,
    from: /pattern: "\^\(id\|[^"]+"/,
    to: 'minLength: 1',
  },
  {
    row: 'FS2',
    name: 'sorts by time whatever is asked',
    file: query,
    from: 'sort: descending ? query.sort.slice(1) : query.sort,',
    to: "sort: 'createdAt',",
  },
  {
    row: 'FS2',
    name: 'does not filter',
    file: query,
    from: 'const filters = filterable.flatMap(',
    to: 'const filters = [].flatMap(',
    also: ['PG4', 'FS4', 'FS5'],
  },
  {
    row: 'FS4',
    name: 'leaves out the ends of ranges',
    file: statements,
    from: "gte: '>='",
    to: "gte: '>'",
  },
  {
    row: 'FS4',
    name: 'forgets the range on the next page',
    file: service,
    from: 'const rows = await repository.page(database, request,',
    to: 'const rows = await repository.page(database, after ? { ...request, filters: [] } : request,',
    also: ['FS5'],
  },
  {
    row: 'FS5',
    name: 'takes the first of some values alone',
    file: statements,
    from: 'return isOneOf(name, wanted);',
    to: 'return isOneOf(name, wanted.slice(0, 1));',
  },
  {
    row: 'FS3',
    name: 'reads all columns for a list',
    file: repository,
    from: 'const asked = request.fields && [...request.fields, ...sortKeys(sort)];',
    to: 'const asked = undefined;',
  },
  {
    row: 'FS3',
    name: 'reads all columns for an item',
    file: service,
    from: ", fresh, [...fields, 'version']",
    to: ', fresh',
  },
];
