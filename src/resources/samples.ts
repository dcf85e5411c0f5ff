import type { Field } from './field.js';

export interface Sample {
  id: string;
  /** Field by JSON name. */
  body: Record<string, unknown>;
  /** The same in the order of `fields`, with the column that each goes to. */
  columns: { column: string; value: unknown }[];
}

/** An id that looks like any UUIDv7 but is fixed by the place of the resource and the row. */
export function sampleId(resource: number, row: number): string {
  return `01900000-0000-7000-8000-${String(resource + 1).padStart(6, '0')}${String(row + 1).padStart(6, '0')}`;
}

/**
 * Three valid bodies of a resource, made without clock or random.
 * @param resource its place among all, from 0 on
 * @param places of all resources, by table
 */
export function samplesOf(fields: Field[], resource: number, places: Map<string, number>): Sample[] {
  return [0, 1, 2].map((row) => {
    const columns = fields.map((field) => ({
      column: field.column,
      name: field.name,
      value: field.refers
        ? places.get(field.refers.table) === resource
          ? null
          : sampleId(places.get(field.refers.table)!, row)
        : field.examples[row],
    }));
    return {
      id: sampleId(resource, row),
      body: Object.fromEntries(columns.map(({ name, value }) => [name, value])),
      columns: columns.map(({ column, value }) => ({ column, value })),
    };
  });
}

/** The samples of a resource, their bodies, and one whole resource as the API answers it. */
export function sampled(samples: Sample[]) {
  const [first] = samples;
  const time = '2026-01-15T08:30:00.000Z';
  return {
    samples,
    bodies: samples.map(({ body }) => body),
    example: { id: first!.id, ...first!.body, version: 1, createdAt: time, updatedAt: time },
  };
}
