import type { Position } from './cursor.js';

type Value = string | number | boolean;

/** One condition of a list: `status=open`, `status[in]=open,paid`, `createdAt[gte]=2026-01-01T00:00:00Z`. */
export interface Filter {
  name: string;
  operator: 'eq' | 'gte' | 'lt' | 'in';
  value: Value | Value[];
}

/** The query of a list, as the contract has checked and completed it. */
export interface ListQuery {
  limit: number;
  sort: string;
  cursor?: string;
  fields?: string;
  [filter: string]: Value | Value[] | undefined;
}

export interface ListRequest {
  limit: number;
  /** Field to sort by, without its direction. */
  sort: string;
  descending: boolean;
  /** The fields asked for; undefined for all. */
  fields: string[] | undefined;
  filters: Filter[];
  cursor: string | undefined;
  /** Names the list for its cursors: order and filters. */
  identity: string;
}

/**
 * Takes a list's query apart.
 * @param filterable the parameters that filter
 */
export function listRequest(resource: string, query: ListQuery, filterable: readonly string[]): ListRequest {
  const descending = query.sort.startsWith('-');
  const filters = filterable.flatMap((parameter): Filter[] => {
    const value = query[parameter];
    if (value === undefined) return [];
    const [name = '', operator = 'eq'] = parameter.split(/[[\]]/);
    return [{ name, operator: operator as Filter['operator'], value }];
  });
  return {
    limit: query.limit,
    sort: descending ? query.sort.slice(1) : query.sort,
    descending,
    fields: fieldList(query.fields),
    filters,
    cursor: query.cursor,
    identity: JSON.stringify([resource, query.sort, filters]),
  };
}

export function fieldList(fields: string | undefined): string[] | undefined {
  return fields === undefined ? undefined : [...new Set(fields.split(','))];
}

/** Link to the next page (RFC 8288): the same request with another cursor. */
export function nextLink(url: string, cursor: string): string {
  const [path, query = ''] = url.split('?');
  const others = query.split('&').filter((parameter) => parameter !== '' && !parameter.startsWith('cursor='));
  return `<${path}?${[...others, `cursor=${cursor}`].join('&')}>; rel="next"`;
}

/** Where the next page starts: the values of `keys` in the last row. */
export function positionOf(row: object, keys: readonly string[]): Position {
  return keys.map((key) => (row as Record<string, string | number | boolean>)[key] ?? '');
}

/** A copy with just these fields. */
export function only<Row extends object>(row: Row, fields: readonly string[]): Partial<Row> {
  return Object.fromEntries(fields.map((field) => [field, row[field as keyof Row]])) as Partial<Row>;
}
