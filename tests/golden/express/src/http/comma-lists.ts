import type { FuncKeywordDefinition } from 'ajv';

/** Keyword of the schema of a query: names of parameters that are lists, separated by commas (`explode: false` in OpenAPI). */
export const commaLists = 'x-comma-lists';

/** Takes such lists apart before they are validated. One that is given twice becomes a list of lists, which no schema takes. */
export const commaListsKeyword: FuncKeywordDefinition = {
  keyword: commaLists,
  type: 'object',
  before: 'properties',
  modifying: true,
  errors: false,
  validate(names: readonly string[], query: Record<string, unknown>) {
    for (const name of names.filter((each) => each in query)) {
      const value = query[name];
      query[name] = typeof value === 'string' ? value.split(',') : [value];
    }
    return true;
  },
};
