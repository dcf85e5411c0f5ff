import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { parse } from 'yaml';
import type { Exchange } from '../http/exchange.js';
import type { Names, Style } from '../http/style.js';
import { isUrl } from '../http/url.js';
import { type Deviation, responseChecks } from './conformance.js';
import { isFilter, mappedNames, memberNames, parameterNames, styleOf } from './conventions.js';
import {
  examplesOf,
  included,
  isMarked,
  jsonSchemaOf,
  membersOf,
  merged,
  type Operation,
  operationOf,
  type Resource,
  resolved,
  type Schema,
} from './document.js';

export type { Operation, Operator, Resource, Schema } from './document.js';
export { included } from './document.js';

/** For a document, in milliseconds: an API that scales to zero starts first. */
const patience = 30_000;
const methods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'trace'] as const;
const operatorForm = /^(\w+)\[(\w+)\]$/;

/** What the owner of an API says of it, besides its document. */
export interface Naming {
  /** Names that go before the usual ones. */
  names: Names;
  /** Values for members of bodies, by name or by `POST /v1/products` and name. */
  values: Record<string, unknown>;
  /** Tables by the path of their collection, where they have other names than the paths. */
  tables: Record<string, string>;
}

const nothingSaid: Naming = { names: {}, values: {}, tables: {} };

/** The API as its OpenAPI document describes it. */
export class Contract {
  readonly operations: Operation[];
  /** Collections that can be written and read. Those are taken out of which no item can be made. */
  resources: Resource[];
  readonly style: Style;
  /** What is before each path of the document at a running API: `/api`. */
  readonly basePath: string;
  /** Security schemes, by name. */
  readonly schemes: Record<string, Schema>;
  readonly #check: (exchange: Exchange, path: string) => Deviation[];

  /**
   * @param text an OpenAPI 3 document, YAML or JSON
   * @param running the URL of an API that runs, and where its document is: a URL or a file
   * @throws Error when it is none
   */
  constructor(
    readonly text: string,
    running?: { url: string; place: string },
    readonly naming = nothingSaid,
  ) {
    const document = resolved(parse(text)) as Schema;
    if (!/^3\./.test(String(document.openapi)) || typeof document.paths !== 'object')
      throw new Error('it is no OpenAPI 3 document');
    this.basePath = running ? basePathOf(document, running) : '';
    this.schemes = document.components?.securitySchemes ?? {};
    this.operations = Object.entries(document.paths as Record<string, Schema>).flatMap(([path, item]) =>
      methods.filter((method) => item[method]).map((method) => operationOf(document, path, method, item)),
    );
    this.style = styleOf(this.operations, this.basePath, naming.names);
    this.resources = this.operations
      .filter(({ method, path }) => method === 'POST' && !path.includes('{') && this.#itemOf(path))
      .map((create) => this.#resource(create));
    this.#check = responseChecks((method, path) => this.find(method, path), {
      names: naming.names,
      isOwn: this.isOwn,
    });
  }

  /**
   * @param place URL or file of the document
   * @param url of the API, when it was running before
   * @param credentials headers that are sent where it is refused without them, at the origin of the API alone
   * @throws Error when it cannot be read, or is none
   */
  static async at(
    place: string,
    url?: string,
    naming = nothingSaid,
    credentials: Record<string, string> = {},
  ): Promise<Contract> {
    const running = url === undefined ? undefined : { url, place };
    if (!isUrl(place)) return new Contract(await fs.promises.readFile(place, 'utf8'), running, naming);
    let response = await fetch(place, { signal: AbortSignal.timeout(patience) });
    const own = url !== undefined && new URL(place).origin === new URL(url).origin && !response.redirected;
    if (own && [401, 403].includes(response.status) && Object.keys(credentials).length > 0)
      response = await fetch(place, {
        headers: credentials,
        redirect: 'manual',
        signal: AbortSignal.timeout(patience),
      });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return new Contract(await response.text(), running, naming);
  }

  /** Whether the document is that of a generated project: what it answers then is said by the contract to the letter. */
  get isOwn(): boolean {
    return this.style.problems === 'contract' && this.style.ownLists;
  }

  /** What this API calls otherwise than generated projects do: `page_size for limit`. */
  get mapped(): string[] {
    const names = [this.style.names, ...this.resources.map((resource) => resource.names)];
    return [...new Set(names.flatMap(mappedNames))];
  }

  /** The operation that answers a request, if the document has it. @param path without query */
  find(method: string, path: string): Operation | undefined {
    const parts = path.split('/');
    const matches = this.operations.filter((candidate) => {
      const pattern = candidate.path.split('/');
      return (
        candidate.method === method &&
        pattern.length === parts.length &&
        pattern.every(
          (part, place) => part === parts[place] || (parts[place] !== '' && /^\{.+\}$/.test(part)),
        )
      );
    });
    // A literal path goes before a pattern.
    return matches.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
  }

  /**
   * The operation of a request, such as `GET /v1/products/{id}`, if the document has its path. The method need not be in the
   * document.
   */
  operationOf({ method, url }: Exchange): string | undefined {
    const asked = method === 'HEAD' ? 'GET' : method;
    const path = this.#pathIn(url);
    const found =
      this.find(asked, path) ?? methods.map((other) => this.find(other.toUpperCase(), path)).find(Boolean);
    return found && `${asked} ${found.path}`;
  }

  /** A route of logs and metrics as a path of the document, whatever marks its parameters; as it is where that has none. */
  routeOf(route: string): string {
    const shape = shapeOfRoute(route);
    const paths = this.operations.map(({ path }) => path);
    return paths.find((path) => shapeOfRoute(path) === shape) ?? route;
  }

  /** Whether items of some collection belong to tenants: its callers then need one. */
  get hasTenants(): boolean {
    return this.resources.some(({ tenant }) => tenant);
  }

  /** Methods that the document has at a path of an operation. */
  methodsOf(path: string): string[] {
    return this.operations.filter((candidate) => candidate.path === path).map(({ method }) => method);
  }

  /** Where a response violates the document: status, media type, schema, required headers. */
  deviations(exchange: Exchange): Deviation[] {
    return this.#check(exchange, this.#pathIn(exchange.url));
  }

  #pathIn(url: string): string {
    const { pathname } = new URL(url);
    return pathname.startsWith(`${this.basePath}/`) ? pathname.slice(this.basePath.length) : pathname;
  }

  #itemOf(path: string): string | undefined {
    const reads = this.operations.filter(({ method }) => method === 'GET').map((entry) => entry.path);
    if (!reads.includes(path)) return undefined;
    // Some frameworks end the path of a collection, or all paths, with a slash.
    const stem = `${path.replace(/\/$/, '')}/`;
    return reads.find(
      (candidate) => candidate.startsWith(stem) && /^\{[^/]+\}\/?$/.test(candidate.slice(stem.length)),
    );
  }

  #resource(create: Operation): Resource {
    const itemPath = this.#itemOf(create.path)!;
    const list = this.find('GET', create.path)!.source;
    const read = this.find('GET', itemPath)!.source;
    const query = ((list.parameters ?? []) as Schema[]).filter((parameter) => parameter.in === 'query');
    const schemaOf = (parameter: Schema | undefined): Schema => parameter?.schema ?? {};
    const item = jsonSchemaOf(successOf(read));
    const parameter = /\{([^/]+)\}\/?$/.exec(itemPath)?.[1] ?? '';
    const names: Names = {
      ...parameterNames(query, this.naming.names),
      ...memberNames(jsonSchemaOf(successOf(list)), item, parameter, this.naming.names),
    };
    const succeeding = (operation: Operation | undefined) =>
      Object.keys(operation?.source.responses ?? {})
        .filter((status) => /^2\d\d$/.test(status))
        .map(Number);
    return {
      path: create.path,
      table: this.naming.tables[create.path] ?? tableAt(create.path),
      names,
      limit: schemaOf(query.find(({ name }) => name === names.limit)),
      bodies: 'schema',
      ruled: [],
      examples: examplesOf(create.source.requestBody),
      values: valuesFor(create, this.naming.values),
      created: succeeding(create),
      changed: (method) => succeeding(this.find(method, itemPath)),
      item: (id) => itemPath.replace(/\{[^/]+\}(?=\/?$)/, encodeURIComponent(id)),
      absent: () => absentId(schemaOf(read.parameters.find(({ name }: Schema) => name === parameter))),
      methods: { collection: this.methodsOf(create.path), item: this.methodsOf(itemPath) },
      input: merged(jsonSchemaOf(create.source.requestBody) ?? {}),
      owned: isMarked('x-owned', jsonSchemaOf(read.responses?.['200'])),
      tenant: isMarked('x-tenant', jsonSchemaOf(read.responses?.['200'])),
      fields: membersOf(item).filter((name) => name !== included),
      filters: Object.fromEntries(
        query
          .filter(({ name }) => isFilter(name, names) && !operatorForm.test(name))
          .map((parameter) => [parameter.name, schemaOf(parameter)]),
      ),
      operators: query.flatMap((parameter) => {
        const [name, field, operator] = operatorForm.exec(parameter.name) ?? [];
        return name && field && operator ? [{ name, field, operator, schema: schemaOf(parameter) }] : [];
      }),
      sorts: ordersOf(schemaOf(query.find(({ name }) => name === names.sort))),
    };
  }
}

/** `/todos/:id`, `/todos/<int:id>` and `/todos/{id}/` alike. */
function shapeOfRoute(route: string): string {
  return route.replace(/:\w+|<[^>]*>|\{[^}]*\}/g, '{}').replace(/(.)\/$/, '$1');
}

/** Values for the body of an operation: those for its members, wherever they are, then those for it alone. */
function valuesFor({ method, path, source }: Operation, values: Naming['values']): Record<string, unknown> {
  const members = Object.keys(merged(jsonSchemaOf(source.requestBody) ?? {}).properties ?? {});
  const general = Object.entries(values).filter(([name]) => members.includes(name));
  return { ...Object.fromEntries(general), ...(values[`${method} ${path}`] as object | undefined) };
}

/** The table of a collection, as the migrations of every generated project name it. */
function tableAt(path: string): string {
  return path.replace(/\/$/, '').split('/').at(-1)!.replaceAll('-', '_');
}

/** An id that no item has, of that type. */
export function absentId({ type }: Schema): string {
  return [type].flat().includes('integer')
    ? '2147483646'
    : `01900000-0000-7000-8000-${randomBytes(6).toString('hex')}`;
}

/** The response of the first status 2xx. */
function successOf({ responses = {} }: Schema): Schema | undefined {
  const status = Object.keys(responses).find((name) => /^2/.test(name));
  return status === undefined ? undefined : responses[status];
}

/** Values of the parameter for the order, also where it takes a list of them or null. */
function ordersOf(schema: Schema): string[] {
  const alternatives: Schema[] = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return alternatives.map((one) => one.enum ?? one.items?.enum).find(Array.isArray) ?? [];
}

/** The path of the first server, else that of the URL of the API: a gateway in front may add it (OpenAPI 3.1, section 4.8.5). */
function basePathOf(document: Schema, { url, place }: { url: string; place: string }): string {
  const [{ url: server = '/', variables = {} } = {} as Schema] = document.servers ?? [];
  const filled = String(server).replace(/\{([^}]*)\}/g, (_, name) => variables[name]?.default ?? '');
  const withoutSlash = (address: URL) => address.pathname.replace(/\/+$/, '');
  return withoutSlash(new URL(filled, isUrl(place) ? place : url)) || withoutSlash(new URL(url));
}
