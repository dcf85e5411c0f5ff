import type { Resource } from '../../contract/contract.js';

/** The table of a resource, as the migrations of every project name it. */
export function tableOf({ path }: Resource): string {
  return path.split('/').at(-1)!.replaceAll('-', '_');
}

/** The column of a field. */
export function columnOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
