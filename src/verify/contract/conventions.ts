import { errorLists, errorPlaces, type Meaning, type Names, type Style } from '../http/style.js';
import { jsonSchemaOf, type Operation, type Schema } from './document.js';

/** What rows need of an API, and what it is usually called. Of these names, the first that the document has counts. */
const usual = {
  limit: ['limit', 'page_size', 'per_page', 'pageSize', 'perPage', 'size'],
  cursor: ['cursor', 'page_token', 'pageToken', 'after', 'starting_after'],
  page: ['page', 'page_number', 'pageNumber'],
  offset: ['offset', 'skip'],
  fields: ['fields', 'select'],
  sort: ['sort', 'order_by', 'ordering', 'orderBy', 'sort_by', 'sortBy'],
  items: ['data', 'items', 'results', 'content'],
  next: ['nextCursor', 'next_cursor', 'nextPageToken', 'next_page_token', 'next'],
  id: ['id', 'uuid', '_id'],
  requestId: ['X-Request-Id', 'Request-Id', 'X-Correlation-Id', 'Correlation-Id', 'X-Trace-Id'],
  health: ['/livez', '/healthz', '/health', '/health/live', '/live', '/ping', '/actuator/health', '/status'],
} as const satisfies Record<Meaning, readonly string[]>;

export const meanings = Object.keys(usual) as Meaning[];

/** Meanings of query parameters of a list. */
const ofLists = ['limit', 'cursor', 'page', 'offset', 'fields', 'sort'] as const;
/** Query parameters of a list that are no filters, whatever they are called. */
const noFilters: readonly string[] = [...ofLists.flatMap((meaning) => usual[meaning]), 'include', 'q'];

/**
 * Names of the query parameters of a list.
 * @param given names that go before the usual ones
 */
export function parameterNames(parameters: readonly Schema[], given: Names): Names {
  const query = parameters.filter((parameter) => parameter.in === 'query');
  const has = (name: string) => query.some((parameter) => parameter.name === name);
  return Object.fromEntries(ofLists.map((meaning) => [meaning, nameOf(meaning, given, has)]));
}

/** Whether a query parameter of a list is a filter. */
export function isFilter(name: string, names: Names): boolean {
  return !noFilters.includes(name) && !Object.values(names).includes(name);
}

/** Query parameters that select members of an answer. */
export function selects(url: URL, given: Names): boolean {
  return [given.fields ?? '', ...usual.fields].some((name) => url.searchParams.has(name));
}

/** The style of an API by its document. @param base its base path */
export function styleOf(operations: readonly Operation[], base: string, given: Names): Style {
  const responses = operations.flatMap(({ source }) =>
    Object.entries((source.responses ?? {}) as Record<string, Schema>),
  );
  const errors = responses
    .filter(([status]) => /^([45]|default)/.test(status))
    .map(([, response]) => response);
  const problems = errors.flatMap((response) => {
    const schema = response.content?.['application/problem+json']?.schema;
    return schema ? [schema as Schema] : [];
  });
  const isOwn = problems.some(({ properties = {} }) =>
    ['requestId', 'instance'].every((name) => name in properties),
  );
  const headers = new Set(
    [
      ...responses.flatMap(([, response]) => Object.keys(response.headers ?? {})),
      ...parametersOf(operations, 'header'),
    ].map((name) => name.toLowerCase()),
  );
  const paths = operations.map(({ path }) => path);
  return {
    problems: isOwn ? 'contract' : problems.length > 0 ? 'rfc9457' : 'other',
    ownLists: responses.some(([, response]) => {
      const { meta, data } = propertiesIn(jsonSchemaOf(response));
      return (
        data !== undefined && ['pageSize', 'nextCursor'].every((name) => name in (meta?.properties ?? {}))
      );
    }),
    version: versionOf(operations, base),
    namesFields: responses.flatMap(([status, response]) =>
      /^4\d\d$/.test(status) && fieldErrorsIn(jsonSchemaOf(response)) ? [Number(status)] : [],
    ),
    names: {
      ...given,
      requestId: nameOf('requestId', given, (name) => headers.has(name.toLowerCase())),
      health: nameOf('health', given, (name) => paths.includes(name)),
    },
  };
}

/** Where items, the next page and ids stand in answers, by the schemas of the list and of an item. */
export function memberNames(
  list: Schema | undefined,
  item: Schema | undefined,
  parameter: string,
  given: Names,
): Names {
  const members = propertiesIn(list);
  const own = propertiesIn(item);
  const arrays = (name: string) => members[name]?.type === 'array' || members[name]?.items !== undefined;
  const [array] = Object.keys(members).filter(arrays);
  const inside = Object.values(members).flatMap((member) => Object.keys(propertiesIn(member)));
  return {
    items: nameOf('items', given, arrays) ?? array,
    next: nameOf('next', given, (name) => name in members || inside.includes(name)),
    // `/pets/{petId}`
    id: nameOf('id', given, (name) => name in own) ?? (parameter in own ? parameter : 'id'),
  };
}

/** The items of a list, whatever they are in; undefined when there are none. */
export function itemsIn(body: unknown, { items = '' }: Names): unknown[] | undefined {
  if (Array.isArray(body)) return body;
  if (typeof body !== 'object' || body === null) return undefined;
  const named = at(body, items);
  return Array.isArray(named) ? named : Object.values(body).find(Array.isArray);
}

/** What leads to the next page: a cursor or an address. Undefined when there is none. */
export function nextIn(body: unknown, { next = '' }: Names): string | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const places = [
    body,
    ...Object.values(body).filter((value) => typeof value === 'object' && value !== null),
  ];
  const found = [at(body, next), ...places.map((place) => (place as Schema)[next])].find(
    (value) => (typeof value === 'string' && value !== '') || typeof value === 'number',
  );
  return found === undefined ? undefined : String(found);
}

function fieldErrorsIn(schema: Schema | undefined): boolean {
  const members = propertiesIn(schema);
  return errorLists.some((list) => {
    const item = propertiesIn(members[list]?.items);
    return errorPlaces.some((place) => place in item);
  });
}

/** What the API calls otherwise than generated projects do, for people: `page_size for limit`. */
export function mappedNames(names: Names): string[] {
  return meanings.flatMap((meaning) => {
    const name = names[meaning];
    return name === undefined || name === usual[meaning][0] ? [] : [`${name} for ${usual[meaning][0]}`];
  });
}

function nameOf(meaning: Meaning, given: Names, has: (name: string) => boolean): string | undefined {
  return given[meaning] ?? usual[meaning].find(has);
}

/** The members of an object, of its parts and of its first alternative that has some. */
export function propertiesIn(schema: Schema | undefined): Record<string, Schema> {
  if (!schema) return {};
  const alternative = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].find(
    (other: Schema) => Object.keys(propertiesIn(other)).length > 0,
  );
  return Object.assign(
    {},
    ...(schema.allOf ?? []).map(propertiesIn),
    propertiesIn(alternative),
    schema.properties,
  );
}

function at(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Schema | undefined)?.[name], body);
}

export function parametersOf(operations: readonly Operation[], place: 'header' | 'query'): string[] {
  return operations.flatMap(({ source }) =>
    ((source.parameters ?? []) as Schema[])
      .filter((parameter) => parameter.in === place)
      .map(({ name }) => name),
  );
}

function versionOf(operations: readonly Operation[], base: string): Style['version'] {
  if (operations.some(({ path }) => /(^|\/)v\d+(\/|$)/.test(base + path))) return 'path';
  const isVersion = (name: string) => /^([a-z]+-)*version$/i.test(name);
  if (parametersOf(operations, 'header').some(isVersion)) return 'header';
  if (parametersOf(operations, 'query').some((name) => /^(api-)?version$/i.test(name))) return 'query';
  const types = operations.flatMap(({ source }) => [
    ...Object.keys(source.requestBody?.content ?? {}),
    ...Object.values((source.responses ?? {}) as Record<string, Schema>).flatMap(({ content }) =>
      Object.keys(content ?? {}),
    ),
  ]);
  return types.some((type) => /[.+-]v\d+\b|;\s*v(ersion)?=/i.test(type)) ? 'media type' : undefined;
}
