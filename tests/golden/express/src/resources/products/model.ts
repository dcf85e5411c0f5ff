import type { AllFields, FieldTypes, SystemFields } from '../../database/queries.js';

/** The request fields of a product. */
export interface ProductInput {
  name: string;
  description?: string | null;
  price: string;
  status: string;
}

/** A product as it is stored and answered. Decimals and times are text. */
export type Product = AllFields<ProductInput> & SystemFields;

declare module '../../database/queries.js' {
  interface Tables {
    products: Product;
  }
}

export const types = {
  id: 'uuid',
  name: 'string',
  description: 'text',
  price: 'decimal',
  status: 'enum',
  version: 'integer',
  createdAt: 'datetime',
  updatedAt: 'datetime',
} as const satisfies FieldTypes;

/** All fields, in the order of answers. */
export const fields = [
  'id',
  'name',
  'description',
  'price',
  'status',
  'version',
  'createdAt',
  'updatedAt',
] as const;

/** Fields that a list can be filtered by; each has an index. */
export const filterable: readonly (keyof Product)[] = ['status'];

/** Every field that a caller may set, null where it is not given. */
export function complete(input: ProductInput): AllFields<ProductInput> {
  return {
    name: input.name,
    description: input.description ?? null,
    price: input.price,
    status: input.status,
  };
}
