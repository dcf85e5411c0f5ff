import { type Columns, systemColumns } from '../../database/sql.js';

/** What a caller gives of a product. */
export interface ProductInput {
  name: string;
  description?: string | null;
  price: string;
  status: string;
}

/** A product as it is stored and answered. Decimals and times are text. */
export interface Product {
  id: string;
  name: string;
  description: string | null;
  price: string;
  status: string;
  version: number;
  createdAt: string;
  updatedAt: string;
}

export const table = 'products';

/** Fields a caller may set. */
export const inputColumns = {
  name: { column: 'name', type: 'string' },
  description: { column: 'description', type: 'text' },
  price: { column: 'price', type: 'decimal' },
  status: { column: 'status', type: 'enum' },
} as const satisfies Columns;

export const columns: Columns = { ...systemColumns, ...inputColumns };

/** Fields that a list can be filtered by; each has an index. */
export const filterable: readonly string[] = ['status'];
