import type { Api } from '../../cluster/api.js';
import type { Operation, Resource, Schema } from '../../contract/contract.js';
import type { Request, Response } from '../../http/exchange.js';
import { expectNamed, expectProblem, expectThat, summary } from '../../http/expectations.js';
import { NotApplicable, type Row } from '../row.js';
import { type BoundValue, boundsOf } from './bound-values.js';

/** Statuses of answers for which the value was read: a condition that does not hold, a short key that was used before. */
const taken = [304, 412, 422];

export const parameterBounds: Row = {
  id: 'OA5',
  group: 'versioning',
  title: 'parameters and headers at the bounds of the document',
  expected:
    'the longest text, the greatest and the least number and the longest list of each query parameter and header are taken; 400 for one more, where nothing else is wrong',
  source: 'OpenAPI 3.1, section 4.8.12 (Parameter Object); OWASP ASVS V2.2.1',
  remedy:
    'Validate parameters and headers by the schema of the document, and compare lengths with the number in it.',
  evidence: [],
  needs: ['resource', 'writing'],
  quick: true,
  async run(api) {
    let asked = 0;
    for (const resource of api.contract.resources)
      for (const operation of operationsOf(api, resource))
        for (const parameter of parametersOf(api, resource, operation))
          asked += await expectBounds(api, resource, operation, parameter);
    if (asked === 0) throw new NotApplicable('the document has no bounds of parameters');
  },
};

function operationsOf({ contract }: Api, { path, item }: Resource): Operation[] {
  const itemPath = contract.find('GET', item('x'))?.path;
  return contract.operations.filter((operation) => [path, itemPath].includes(operation.path));
}

/** Query parameters and headers whose values a caller may choose. */
function parametersOf(api: Api, { names }: Resource, { source }: Operation): Schema[] {
  const { isOwn } = api.contract;
  // The API makes cursors itself. Elsewhere, the size of a page may be made smaller instead.
  const others = isOwn ? [names.cursor] : [names.cursor, names.limit, names.page, names.offset];
  return ((source.parameters ?? []) as Schema[]).filter(
    (parameter) => ['query', 'header'].includes(parameter.in) && !others.includes(parameter.name),
  );
}

/** @returns the number of bounds */
async function expectBounds(
  api: Api,
  resource: Resource,
  operation: Operation,
  parameter: Schema,
): Promise<number> {
  const about = `${operation.method} ${operation.path} with ${parameter.name}`;
  const bounds = await boundsOf(parameter.schema ?? {});
  for (const { inside, outside } of bounds) {
    const refused = await sent(api, resource, operation, parameter, outside);
    expectThat(
      refused.status >= 400 && refused.status < 500,
      `400 for ${about} ${outside.what}`,
      summary(refused),
    );
    if (api.contract.isOwn) expectProblem(refused, 400);
    if (parameter.in === 'query') expectNamed(refused, 'parameter', parameter.name);
    const { status, text, ...response } = await sent(api, resource, operation, parameter, inside);
    // Elsewhere, a value can break rules that no schema says.
    const holds = api.contract.isOwn ? status < 300 || taken.includes(status) : status < 500;
    expectThat(holds, `no refusal of ${about} ${inside.what}`, summary({ status, text, ...response }));
  }
  return bounds.length;
}

/** The answer to a request that is right but for that value, on an item of its own. */
async function sent(
  api: Api,
  resource: Resource,
  { method, path, bodyTypes }: Operation,
  parameter: Schema,
  { value }: BoundValue,
): Promise<Response> {
  const target = path === resource.path ? path : (await api.create(resource)).path;
  const [type] = bodyTypes;
  const headers = {
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(parameter.in === 'header' ? { [parameter.name]: [value].flat().join(', ') } : {}),
  };
  const request: Request = {
    method,
    path: parameter.in === 'query' ? `${target}?${queryOf(parameter, value)}` : target,
    headers,
    as: 'admin',
  };
  return api.send(type === undefined ? request : { ...request, json: await api.body(resource) });
}

/** Lists are repeated parameters, unless the document says otherwise (OpenAPI 3.1, section 4.8.12.3). */
function queryOf({ name, explode = true }: Schema, value: BoundValue['value']): string {
  const written = (one: unknown) => encodeURIComponent(String(one));
  const values = [value].flat().map(written);
  const apart = explode ? values : [values.join(',')];
  return apart.map((one) => `${written(name)}=${one}`).join('&');
}
