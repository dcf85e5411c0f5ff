/** What rows need of an API, whatever it calls it. */
export type Meaning =
  | 'limit'
  | 'cursor'
  | 'page'
  | 'offset'
  | 'fields'
  | 'sort'
  | 'items'
  | 'next'
  | 'id'
  | 'requestId'
  | 'health';

/** Names of one API; undefined for what it does not have. */
export type Names = { [meaning in Meaning]?: string | undefined };

/** How the answers of an API look, as far as its document describes it. */
export interface Style {
  /** `contract`: problem details with the members of generated projects; `rfc9457`: problem details; else `other`. */
  problems: 'contract' | 'rfc9457' | 'other';
  /** Whether lists are those of generated projects: `data`, and `meta` with `pageSize` and `nextCursor`. */
  ownLists: boolean;
  /** Where the document has the version of the API. */
  version: 'path' | 'header' | 'query' | 'media type' | undefined;
  /** Statuses of refusals that name the fields that are wrong. */
  namesFields: number[];
  names: Names;
}

/** Lists in which APIs say what is wrong with a request, and members in which each entry names the place. */
export const errorLists = [
  'errors',
  'detail',
  'details',
  'violations',
  'issues',
  'invalid-params',
  'invalidParams',
];
export const errorPlaces = [
  'pointer',
  'loc',
  'field',
  'path',
  'parameter',
  'param',
  'property',
  'propertyPath',
  'name',
  'source',
];

/** Names of the fields and parameters that an error says are wrong. */
export function namedIn(problem: unknown): string[] {
  if (typeof problem !== 'object' || problem === null) return [];
  return errorLists.flatMap((list) => {
    const entries = (problem as Record<string, unknown>)[list];
    // `errors: { name: ["is too long"] }`
    if (!Array.isArray(entries)) return typeof entries === 'object' && entries ? Object.keys(entries) : [];
    return entries.flatMap((entry) =>
      errorPlaces.flatMap((place) => {
        const value = entry?.[place]?.pointer ?? entry?.[place]?.parameter ?? entry?.[place];
        return [value].flat().flatMap((name) => String(name ?? '').split(/[/.[\]#]+/));
      }),
    );
  });
}
