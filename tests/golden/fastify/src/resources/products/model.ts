import type * as contract from '../../contract.js';
import type { AllFields, FieldTypes } from '../../database/queries.js';

export type ProductInput = contract.ProductInput;
export type Product = contract.Product;

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
} as const satisfies FieldTypes<keyof Product>;

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

/** Parameters that a list can be filtered by; each is of a field with an index. */
export const filterable = ['createdAt[gte]', 'createdAt[lt]', 'status', 'status[in]'];

/** Every field that a caller may set, with its default, or null, where it is not given. */
export function complete(input: ProductInput): AllFields<ProductInput> {
  return {
    name: input.name,
    description: input.description ?? null,
    price: input.price,
    status: input.status,
  };
}
