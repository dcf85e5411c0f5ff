import type { Field } from './field.js';

export interface Sample {
  id: string;
  /** Field by JSON name. */
  body: Record<string, unknown>;
  /** The same in the order of `fields`, with the column that each goes to. */
  columns: { column: string; value: unknown; type: string }[];
}

/** The place of a resource in the ids of its samples, by its number: six digits. */
export function placeOf(number: number): number {
  return (number - 101) % 999_999;
}

/** An id that looks like any UUIDv7 but is fixed by the place of the resource and the row. */
export function sampleId(resource: number, row: number): string {
  return `01900000-0000-7000-8000-${String(resource + 1).padStart(6, '0')}${String(row + 1).padStart(6, '0')}`;
}

/**
 * Three samples of a resource, their bodies, and examples for documents.
 * @param resource its place
 * @param places of all resources, by table
 */
export function sampled(fields: Field[], resource: number, places: Map<string, number>) {
  const samples = [0, 1, 2].map((row) => sampleOf(fields, resource, places, row));
  const { body: newExample } = sampleOf(fields, resource, places, 3);
  const [first] = samples;
  const time = '2026-01-15T08:30:00.000Z';
  const example = { id: first!.id, ...first!.body, version: 1, createdAt: time, updatedAt: time };
  const changed = fields.find(({ unique, type }) => !unique && type !== 'ref') ?? fields[0]!;
  const patchExample = { [changed.name]: newExample[changed.name] ?? first!.id };
  return {
    samples,
    bodies: samples.map(({ body }) => body),
    example,
    newExample,
    patchExample,
    selectionExample: { id: example.id, ...patchExample },
  };
}

function sampleOf(fields: Field[], resource: number, places: Map<string, number>, row: number): Sample {
  const columns = fields.map((field) => ({
    column: field.column,
    name: field.name,
    type: field.type,
    value: field.refers ? referredId(field, resource, places, row) : field.examples[row],
  }));
  return {
    id: sampleId(resource, row),
    body: Object.fromEntries(columns.map(({ name, value }) => [name, value])),
    columns: columns.map(({ column, value, type }) => ({ column, value, type })),
  };
}

/** Rows refer to the row of the same place; one that is no sample, and no row of its own, to the first. */
function referredId({ refers, nullable }: Field, resource: number, places: Map<string, number>, row: number) {
  const place = places.get(refers!.table)!;
  if (place === resource && nullable) return null;
  return sampleId(place, row > 2 ? 0 : row);
}
