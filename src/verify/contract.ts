/** An operation of the OpenAPI document. */
export interface Operation {
  /** GET */
  method: string;
  /** `/v1/products/{id}` */
  path: string;
  /** The role that its security asks for (`x-required-role`); empty where anybody may. */
  role: string;
  /** Media types of the body, empty without one. */
  bodyTypes: string[];
  deprecated: boolean;
  /** The operation as it stands, references resolved. */
  // biome-ignore lint/suspicious/noExplicitAny: any OpenAPI document
  source: any;
}

/** A collection with items. */
export interface Resource {
  /** `/v1/products` */
  path: string;
  /** `/v1/products/{id}` with that id in it. */
  item(id: string): string;
  /** Methods of the collection and of the item. */
  methods: { collection: string[]; item: string[] };
  /** Schema of the body of POST, references resolved. */
  input: Schema;
  /** Names of the fields of an item. */
  fields: string[];
  /** Query parameters of the list that filter, by name, with their schemas. */
  filters: Record<string, Schema>;
  /** Values of `sort`. */
  sorts: string[];
}

// biome-ignore lint/suspicious/noExplicitAny: any JSON Schema
export type Schema = Record<string, any>;

/** The API as its OpenAPI document describes it. */
export interface Contract {
  operations: Operation[];
  resources: Resource[];
}
