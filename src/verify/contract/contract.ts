import fs from 'node:fs';
import { parse } from 'yaml';
import type { Exchange } from '../http/exchange.js';
import { type Deviation, responseChecks } from './conformance.js';
import {
  included,
  isMarked,
  jsonSchemaOf,
  membersOf,
  type Operation,
  operationOf,
  type Resource,
  resolved,
  type Schema,
} from './document.js';

export type { Operation, Operator, Resource, Schema } from './document.js';
export { included } from './document.js';

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'trace'] as const;
/** Query parameters of a list that are no filters. */
const listParameters = ['limit', 'cursor', 'fields', 'sort', 'include', 'offset', 'page', 'q'];
const operatorForm = /^(\w+)\[(\w+)\]$/;

/** The API as its OpenAPI document describes it. */
export class Contract {
  readonly operations: Operation[];
  readonly resources: Resource[];
  /** Security schemes, by name. */
  readonly schemes: Record<string, Schema>;
  readonly #check: (exchange: Exchange, path: string) => Deviation[];

  /**
   * @param text an OpenAPI 3 document, YAML or JSON
   * @throws Error when it is none
   */
  constructor(readonly text: string) {
    const document = resolved(parse(text)) as Schema;
    if (!/^3\./.test(String(document.openapi)) || typeof document.paths !== 'object')
      throw new Error('it is no OpenAPI 3 document');
    this.schemes = document.components?.securitySchemes ?? {};
    this.operations = Object.entries(document.paths as Record<string, Schema>).flatMap(([path, item]) =>
      methods.filter((method) => item[method]).map((method) => operationOf(document, path, method, item)),
    );
    this.resources = this.operations
      .filter(({ method, path }) => method === 'POST' && this.#itemOf(path))
      .map((create) => this.#resource(create));
    this.#check = responseChecks((method, path) => this.find(method, path));
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

  /** Where a response violates the document: status, media type, schema, required headers. */
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
      owned: isMarked('x-owned', jsonSchemaOf(read.responses?.['200'])),
      fields: membersOf(jsonSchemaOf(read.responses?.['200'])).filter((name) => name !== included),
      filters: Object.fromEntries(
        query
          .filter(({ name }) => !listParameters.includes(name) && !operatorForm.test(name))
          .map((parameter) => [parameter.name, schemaOf(parameter)]),
      ),
      operators: query.flatMap((parameter) => {
        const [name, field, operator] = operatorForm.exec(parameter.name) ?? [];
        return name && field && operator ? [{ name, field, operator, schema: schemaOf(parameter) }] : [];
      }),
      sorts: schemaOf(query.find(({ name }) => name === 'sort')).enum ?? [],
    };
  }
}
