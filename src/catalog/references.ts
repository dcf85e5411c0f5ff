import { nearest } from '../cli/nearest.js';

/** What layer.json may refer to: numbers of the capacity plan by `$plan`, names of the project by `$project`. */
export interface References {
  plan: object;
  project: object;
}

/** One thing wrong in a layer.json: where, as a path from its root, and what. */
export interface Fault {
  path: string;
  message: string;
}

/**
 * Replaces `{ "$plan": "dbPoolMax" }` by that number of the plan, `{ "$project": "name" }` by that name.
 * @param value JSON as it stands in layer.json
 * @param path where the value stands in that file
 * @param faults receives each reference to nothing, with the nearest known name
 * @returns the value with references replaced; those to nothing stay as they are
 */
export function resolveReferences(
  value: unknown,
  references: References,
  path: string,
  faults: Fault[],
): unknown {
  if (Array.isArray(value))
    return value.map((entry, index) => resolveReferences(entry, references, `${path}[${index}]`, faults));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const marked = entries.find(([key]) => key.startsWith('$'));
  if (marked) return referred(value, marked, references, path, faults);
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, resolveReferences(entry, references, pathTo(path, key), faults)]),
  );
}

/** The path of a key below another path: `services[0].port`, `commands["a b"]`. */
export function pathTo(path: string, key: string): string {
  if (!/^[\w$@/-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** What to add to a message about an unknown word: the nearest known one, or all of them. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`;
}

function referred(
  value: object,
  [marker, name]: [string, unknown],
  references: References,
  path: string,
  faults: Fault[],
): unknown {
  const fail = (message: string) => {
    faults.push({ path, message });
    return value;
  };
  const sources = Object.keys(references).map((source) => `$${source}`);
  if (!sources.includes(marker))
    return fail(`"${marker}" is not a kind of reference; ${suggestion(marker, sources)}`);
  if (Object.keys(value).length > 1) return fail(`a reference has no key besides "${marker}"`);
  const source = marker.slice(1) as keyof References;
  const table = references[source] as Record<string, unknown>;
  if (typeof name !== 'string' || !Object.hasOwn(table, name))
    return fail(
      `the ${source} has no ${JSON.stringify(name)}; ${suggestion(String(name), Object.keys(table))}`,
    );
  return table[name];
}
