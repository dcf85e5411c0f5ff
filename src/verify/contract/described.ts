import type { Contract } from './contract.js';
import { parametersOf } from './conventions.js';
import { jsonSchemaOf, type Schema } from './document.js';

/** What rows ask only where the document of the API describes it, with the reason where it does not. */
const reasons = {
  limit: 'no parameter for the size of a page',
  cursor: 'no parameter for a cursor and the size of a page',
  fields: 'no parameter that selects fields',
  filters: 'no orders of a list',
  problems: 'no problem details (application/problem+json)',
  fieldErrors: 'no errors that name the fields of a body',
  requestId: 'no header for the id of a request',
  idempotency: 'no Idempotency-Key',
  conditions: 'no conditional changes (If-Match, or 412)',
  nextLink: 'no Link to the next page',
  limitHeaders: 'no headers with the limits of callers',
  deprecationHeaders: 'no header Deprecation',
  version: 'no version: neither in paths nor in a header, a parameter or a media type',
} as const;

export type DescribedNeed = keyof typeof reasons;

/** The reason why rows with that need are not asked; undefined where the document describes it, and for other needs. */
export function undescribed(contract: Contract, need: string): string | undefined {
  if (!(need in reasons)) return undefined;
  const holds = { ...ofLists(contract), ...ofAll(contract) }[need as DescribedNeed];
  return holds ? undefined : `the document describes ${reasons[need as DescribedNeed]}`;
}

function ofLists(contract: Contract) {
  const [resource] = contract.resources;
  const { names = {}, sorts = [], filters = {} } = resource ?? {};
  const list = resource && contract.find('GET', resource.path);
  const item =
    resource &&
    contract.operations.filter(({ path }) => path === contract.find('GET', resource.item('x'))?.path);
  const headers = Object.values((list?.source.responses ?? {}) as Record<string, Schema>).flatMap(
    (response) => Object.keys(response.headers ?? {}),
  );
  return {
    limit: names.limit !== undefined,
    cursor: names.limit !== undefined && names.cursor !== undefined,
    fields: names.fields !== undefined && jsonSchemaOf(list?.source.responses?.['200']) !== undefined,
    filters: sorts.length > 0 || (contract.isOwn && Object.keys(filters).length > 0),
    nextLink: headers.some((name) => /^link$/i.test(name)),
    limitHeaders: headers.some((name) => /ratelimit/i.test(name)),
    conditions:
      item !== undefined &&
      (parametersOf(item, 'header').some((name) => /^if-match$/i.test(name)) ||
        item.some(({ source }) => source.responses?.['412'] !== undefined)),
  };
}

function ofAll({ operations, style }: Contract) {
  return {
    problems: style.problems !== 'other',
    fieldErrors: style.namesFields.length > 0,
    requestId: style.names.requestId !== undefined,
    version: style.version !== undefined,
    idempotency: parametersOf(operations, 'header').some((name) => /^idempotency-key$/i.test(name)),
    deprecationHeaders:
      style.problems === 'contract' ||
      operations.some(({ source }) =>
        Object.values((source.responses ?? {}) as Record<string, Schema>).some(({ headers = {} }) =>
          Object.keys(headers).some((name) => /^deprecation$/i.test(name)),
        ),
      ),
  };
}
