import type { Api } from '../../cluster/api.js';
import type { Resource, Schema } from '../../contract/contract.js';

/** A field that refers to an item of another collection, or of its own. */
export interface Reference {
  child: Resource;
  field: string;
  schema: Schema;
  parent: Resource;
}

/** The references of all collections that can be written. */
export function referencesOf(api: Api): Reference[] {
  return api.contract.resources.flatMap((child) =>
    Object.entries((child.input.properties ?? {}) as Record<string, Schema>).flatMap(([field, schema]) => {
      const parent = api.contract.resources.find(({ path }) => path === schema['x-references']);
      return parent ? [{ child, field, schema, parent }] : [];
    }),
  );
}

/** The names that `include` takes of a list or of an item. @param path of the operation */
export function includesOf(api: Api, path: string): string[] {
  const parameters: Schema[] = api.contract.find('GET', path)?.source.parameters ?? [];
  const pattern = String(parameters.find(({ name }) => name === 'include')?.schema?.pattern ?? '');
  return /^\^\(([\w|]+)\)/.exec(pattern)?.[1]?.split('|') ?? [];
}
