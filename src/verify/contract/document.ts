import type { Names } from '../http/style.js';

// biome-ignore lint/suspicious/noExplicitAny: any JSON Schema
export type Schema = Record<string, any>;

/** An operation of the OpenAPI document. */
export interface Operation {
  /** GET */
  method: string;
  /** `/v1/products/{id}` */
  path: string;
  /** The role that it requires (`x-required-role`); empty without such a requirement. */
  role: string;
  /** Whether a caller without credentials is refused. */
  closed: boolean;
  /** Media types of the body, empty without one. */
  bodyTypes: string[];
  deprecated: boolean;
  /** The operation as it stands, references resolved, parameters of the path included. */
  source: Schema;
}

/** A query parameter that compares a field of the list in another way than for equality. */
export interface Operator {
  /** `createdAt[gte]` */
  name: string;
  field: string;
  operator: string;
  schema: Schema;
}

/** Member of an item with what it refers to. */
export const included = 'included';

/** A collection with items. */
export interface Resource {
  /** `/v1/products` */
  path: string;
  /** Its table: `products`, or `shop.products` with a schema. */
  table: string;
  /** `/v1/products/{id}` with that id in it. */
  item(id: string): string;
  /** What the API calls the parameters and members of this collection. */
  names: Names;
  /** Schema of the parameter for the size of a page. */
  limit: Schema;
  /** What valid bodies are made from: the schema, the examples of the document too, or values that its owner gave too. */
  bodies: 'schema' | 'examples' | 'values';
  /** Members that have rules beyond the schema, as far as the API says which; else empty. */
  ruled: readonly string[];
  /** Members of a body from the examples of the document, and from values that the owner of the API gave. */
  examples: Record<string, unknown>;
  values: Record<string, unknown>;
  /** Statuses 2xx of POST, as the document has them. */
  created: number[];
  /** Those of a method of an item. */
  changed(method: string): number[];
  /** An id of no item, of the type that the document has for ids. */
  absent(): string;
  /** Methods of the collection and of the item. */
  methods: { collection: string[]; item: string[] };
  /** Schema of the body of POST, references resolved. */
  input: Schema;
  /** Whether each item belongs to the caller who made it (`x-owned`). */
  owned: boolean;
  /** Whether each item belongs to the tenant of the caller who made it (`x-tenant`). */
  tenant: boolean;
  /** Names of the fields of an item. */
  fields: string[];
  /** Query parameters of the list that filter, by name, with their schemas. */
  filters: Record<string, Schema>;
  /** Those with an operator: `createdAt[gte]`. */
  operators: Operator[];
  /** Values of `sort`. */
  sorts: string[];
}

/** An operation as the document has it. */
export function operationOf(document: Schema, path: string, method: string, item: Schema): Operation {
  const source = item[method];
  const security: Schema[] = source.security ?? document.security ?? [];
  return {
    method: method.toUpperCase(),
    path,
    role: source['x-required-role'] ?? '',
    closed: security.length > 0 && security.every((scheme) => Object.keys(scheme).length > 0),
    bodyTypes: Object.keys(source.requestBody?.content ?? {}),
    deprecated: source.deprecated === true,
    source: { ...source, parameters: [...(item.parameters ?? []), ...(source.parameters ?? [])] },
  };
}

/** The schema of the JSON in a request body or response. */
export function jsonSchemaOf(described: Schema | undefined): Schema | undefined {
  const content: Record<string, Schema> = described?.content ?? {};
  const type = Object.keys(content).find((name) => isJson(name));
  return type === undefined ? undefined : content[type]!.schema;
}

/** Whether a schema, or an alternative of it, has that keyword set. */
export function isMarked(keyword: string, schema: Schema = {}): boolean {
  return [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].some((each) => each[keyword] === true);
}

/** The schema of an object with the members of its parts (`allOf`). */
export function merged(schema: Schema): Schema {
  if (!Array.isArray(schema.allOf)) return schema;
  const { allOf, ...own } = schema;
  const parts: Schema[] = [...allOf.map(merged), own];
  const all = Object.assign({}, ...parts);
  const properties = Object.assign({}, ...parts.map((part) => part.properties));
  const required = parts.flatMap((part) => part.required ?? []);
  return Object.keys(properties).length > 0 ? { ...all, type: 'object', properties, required } : all;
}

/** Members of a JSON body by the examples of the document: of the media type, of the schema, of each member. */
export function examplesOf(described: Schema | undefined): Record<string, unknown> {
  const content = Object.entries((described?.content ?? {}) as Record<string, Schema>);
  const [, media = {}] = content.find(([type]) => isJson(type)) ?? [];
  const schema = merged(media.schema ?? {});
  const named = Object.values((media.examples ?? {}) as Record<string, Schema>)[0]?.value;
  const whole = [media.example, named, schema.example, schema.examples?.[0]].find(
    (example) => typeof example === 'object' && example !== null && !Array.isArray(example),
  );
  const members = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  const single = members.flatMap(([name, member]) => {
    const example = member.example ?? member.examples?.[0];
    return example === undefined ? [] : [[name, example] as const];
  });
  const writable = ([name]: readonly [string, unknown]) => !schema.properties?.[name]?.readOnly;
  return Object.fromEntries([...single, ...Object.entries(whole ?? {})].filter(writable));
}

/** Whether a media type, or a range of them, is JSON: what has no other type is. */
export function isJson(type: string): boolean {
  return /^(application\/(.+\+)?json\b|application\/\*|\*\/\*)/.test(type);
}

/** Names of the members of an object, of its parts and of each alternative where it has some. */
export function membersOf(schema: Schema = {}): string[] {
  const alternatives: Schema[] = [
    schema,
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.allOf ?? []),
  ];
  return [...new Set(alternatives.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

/** The document with each `$ref` resolved; a recursive schema keeps its inner ones. */
export function resolved(document: unknown): unknown {
  const open = new Set<string>();
  const at = (pointer: string): unknown =>
    pointer
      .slice(2)
      .split('/')
      .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce((value, part) => (value as Schema | undefined)?.[part], document);
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    const reference = (value as Schema).$ref;
    if (typeof reference === 'string' && reference.startsWith('#/')) {
      if (open.has(reference)) return {};
      open.add(reference);
      const target = visit(at(reference));
      open.delete(reference);
      return target;
    }
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, visit(entry)]));
  };
  return visit(document);
}
