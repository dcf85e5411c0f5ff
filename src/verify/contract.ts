import fs from 'node:fs';
import { parse } from 'yaml';
import { type Deviation, responseChecks } from './conformance.js';
import type { Exchange } from './exchange.js';

// biome-ignore lint/suspicious/noExplicitAny: any JSON Schema
export type Schema = Record<string, any>;

/** An operation of the OpenAPI document. */
export interface Operation {
  /** GET */
  method: string;
  /** `/v1/products/{id}` */
  path: string;
  /** The role that its security asks for (`x-required-role`); empty where anybody may. */
  role: string;
  /** Whether a caller without credentials is refused. */
  closed: boolean;
  /** Media types of the body, empty without one. */
  bodyTypes: string[];
  deprecated: boolean;
  /** The operation as it stands, references resolved, parameters of the path included. */
  source: Schema;
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

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'trace'] as const;
/** Query parameters of a list that are no filters. */
const listParameters = ['limit', 'cursor', 'fields', 'sort', 'offset', 'page', 'q'];

/** The API as its OpenAPI document describes it. */
export class Contract {
  readonly operations: Operation[];
  readonly resources: Resource[];
  readonly #check: (exchange: Exchange, path: string) => Deviation[];

  /**
   * @param text an OpenAPI 3 document, YAML or JSON
   * @throws Error when it is none
   */
  constructor(text: string) {
    const document = resolved(parse(text)) as Schema;
    if (!/^3\./.test(String(document.openapi)) || typeof document.paths !== 'object')
      throw new Error('it is no OpenAPI 3 document');
    this.operations = Object.entries(document.paths as Record<string, Schema>).flatMap(([path, item]) =>
      methods.filter((method) => item[method]).map((method) => operation(document, path, method, item)),
    );
    this.resources = this.operations
      .filter(({ method, path }) => method === 'POST' && this.#itemOf(path))
      .map((create) => this.#resource(create));
    this.#check = responseChecks(this);
  }

  /**
   * @param place URL or file of the document
   * @throws Error when it cannot be read, or is none
   */
  static async at(place: string): Promise<Contract> {
    if (!/^https?:\/\//.test(place)) return new Contract(await fs.promises.readFile(place, 'utf8'));
    const response = await fetch(place, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return new Contract(await response.text());
  }

  /** The operation that answers a request, if the document has it. @param path without query */
  find(method: string, path: string): Operation | undefined {
    const parts = path.split('/');
    const matches = this.operations.filter((candidate) => {
      const pattern = candidate.path.split('/');
      return (
        candidate.method === method &&
        pattern.length === parts.length &&
        pattern.every((part, place) => part === parts[place] || /^\{.+\}$/.test(part))
      );
    });
    // A literal path goes before a pattern.
    return matches.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
  }

  /** Methods that the document has at a path of an operation. */
  methodsOf(path: string): string[] {
    return this.operations.filter((candidate) => candidate.path === path).map(({ method }) => method);
  }

  /** Where an answer differs from what the document says of it: status, media type, schema, required headers. */
  deviations(exchange: Exchange): Deviation[] {
    const { pathname } = new URL(exchange.url);
    return this.#check(exchange, pathname);
  }

  #itemOf(path: string): string | undefined {
    const reads = this.operations.filter(({ method }) => method === 'GET').map((entry) => entry.path);
    if (!reads.includes(path)) return undefined;
    return reads.find(
      (candidate) =>
        candidate.startsWith(`${path}/{`) && /^\{[^/]+\}$/.test(candidate.slice(path.length + 1)),
    );
  }

  #resource(create: Operation): Resource {
    const itemPath = this.#itemOf(create.path)!;
    const list = this.find('GET', create.path)!.source;
    const read = this.find('GET', itemPath)!.source;
    const query = ((list.parameters ?? []) as Schema[]).filter((parameter) => parameter.in === 'query');
    const schemaOf = (parameter: Schema | undefined): Schema => parameter?.schema ?? {};
    return {
      path: create.path,
      item: (id) => itemPath.replace(/\{[^/]+\}$/, encodeURIComponent(id)),
      methods: { collection: this.methodsOf(create.path), item: this.methodsOf(itemPath) },
      input: jsonSchemaOf(create.source.requestBody) ?? {},
      fields: membersOf(jsonSchemaOf(read.responses?.['200'])),
      filters: Object.fromEntries(
        query
          .filter(({ name }) => !listParameters.includes(name))
          .map((parameter) => [parameter.name, schemaOf(parameter)]),
      ),
      sorts: schemaOf(query.find(({ name }) => name === 'sort')).enum ?? [],
    };
  }
}

function operation(document: Schema, path: string, method: string, item: Schema): Operation {
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
function jsonSchemaOf(described: Schema | undefined): Schema | undefined {
  const content: Record<string, Schema> = described?.content ?? {};
  const type = Object.keys(content).find((name) => /^application\/(.+\+)?json\b/.test(name));
  return type === undefined ? undefined : content[type]!.schema;
}

/** Names of the members of an object, of each alternative where it has some. */
function membersOf(schema: Schema = {}): string[] {
  const alternatives: Schema[] = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return [...new Set(alternatives.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

/** The document with each `$ref` replaced by what it points to; a schema that holds itself keeps its inner ones. */
function resolved(document: unknown): unknown {
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
