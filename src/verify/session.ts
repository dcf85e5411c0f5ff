import { randomUUID } from 'node:crypto';
import type { Api, Connection, Cookie, Failures, Fleet, Item, Server } from './cluster/api.js';
import { valueFor, withKnown } from './contract/bodies.js';
import type { Deviation } from './contract/conformance.js';
import type { Contract, Resource } from './contract/contract.js';
import { completed } from './contract/required.js';
import { Client, connect } from './http/client.js';
import type { Exchange, Request, Response, Role } from './http/exchange.js';
import { expectHeader, expectStatus, expectThat, summary } from './http/expectations.js';
import { type Handshake, handshake } from './http/handshake.js';
import { pause } from './http/waiting.js';

/** Signs callers in. */
export interface Callers {
  signsTokens: boolean;
  authorization(role: Role, subject: string, tenant?: string | null): Record<string, string>;
  forge: Api['forge'];
}

type Values = Record<string, unknown>;

export const noneClosed = 'no operation requires credentials';
export const noneDeprecated = 'no operation is marked as deprecated';

export function asksForCredentials(contract: Contract): boolean {
  return contract.operations.some(({ closed }) => closed);
}

export function deprecates(contract: Contract): boolean {
  return contract.operations.some(({ deprecated }) => deprecated);
}

/** What rows use while they run against one set of instances, or one URL. */
export class Session implements Api {
  readonly #client: Client;
  readonly cookies: Cookie[] = [];
  failures: Failures = {};
  /** The same caller in all rows, unless a row wants another. */
  readonly #subject = randomUUID();
  static #serial = Date.now() % 1_000_000;

  /**
   * @param base URL that requests go to when they do not say
   * @param started the instances, undefined for an API that was running before
   * @param writes whether data may be changed
   * @param places where the API has what generated projects have at a path
   */
  constructor(
    base: string,
    readonly contract: Contract,
    private readonly callers: Callers,
    private readonly started: Fleet | undefined,
    writes: boolean,
    readonly deviations: Deviation[] = [],
    private readonly places: Record<string, string> = {},
  ) {
    const authorize = ({ as }: Request) => (as ? this.authorization(as) : {});
    this.#client = new Client(base, writes, authorize, (exchange) => {
      for (const text of cookiesOf(exchange))
        if (!this.cookies.some((cookie) => shapeOf(cookie.text) === shapeOf(text)))
          this.cookies.push({ text, exchange });
      // Rows break what it depends on: no document of another project says what it answers then.
      if (started && !contract.isOwn && (exchange.response?.status ?? 0) >= 500) return;
      for (const deviation of contract.deviations(exchange))
        if (!deviations.some(({ expected }) => expected === deviation.expected)) deviations.push(deviation);
    });
  }

  /** Exchanges of the running row. */
  get exchanges(): Exchange[] {
    return this.#client.exchanges;
  }

  set exchanges(exchanges: Exchange[]) {
    this.#client.exchanges = exchanges;
  }

  get resource(): Resource {
    const [first] = this.contract.resources;
    if (!first) throw new Error('a row uses a resource without declaring the need');
    return first;
  }

  get origins(): string[] {
    return this.started?.instances.map(({ url }) => url) ?? [this.#client.base];
  }

  get fleet(): Fleet {
    if (!this.started) throw new Error('a row uses instances without declaring the need');
    return this.started;
  }

  async send(request: Request): Promise<Response> {
    const response = await this.#client.send(await this.complete(request));
    return { ...response, style: this.contract.style };
  }

  async trySend(request: Request): Promise<Response | undefined> {
    const response = await this.#client.trySend(await this.complete(request));
    return response && { ...response, style: this.contract.style };
  }

  place(path: string): string {
    return this.places[path] ?? path;
  }

  async complete(request: Request): Promise<Request> {
    const { as, json, headers } = request;
    const typed = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'content-type');
    const placed = {
      ...request,
      path: this.place(request.path),
      ...(json === undefined || typed ? {} : { headers: { 'content-type': 'application/json', ...headers } }),
    };
    if (this.contract.isOwn) return { ...request, path: placed.path };
    return completed(this.contract, placed, Object.keys(as ? this.authorization(as) : {}));
  }

  maySend(method: string): boolean {
    return this.#client.maySend(method);
  }

  handshake(versions?: Parameters<Api['handshake']>[0]): Promise<Handshake> {
    return handshake(this.#client.base, versions);
  }

  connect(server: Server = this.fleet.instances[0]!, options?: { reading: boolean }): Promise<Connection> {
    return connect(server.url, options);
  }

  async create(resource = this.resource, changes: Record<string, unknown> = {}): Promise<Item> {
    const body = { ...(await this.body(resource)), ...changes };
    return this.itemOf(await this.post(body, resource), resource);
  }

  async post(body: Values, resource = this.resource): Promise<Response> {
    const make = () => this.send({ method: 'POST', path: resource.path, as: 'editor', json: body });
    let response = await make();
    // Limits can be small, and creating the referenced rows counts as well.
    for (let refused = 0; response.status === 429 && refused < 3; refused += 1) {
      await pause(Number(expectHeader(response, 'Retry-After', /^\d+$/)) * 1000);
      response = await make();
    }
    return response;
  }

  itemOf(response: Response, resource = this.resource): Item {
    const { ownLists, names: given } = this.contract.style;
    if (ownLists) {
      expectStatus(response, 201);
      expectHeader(response, 'Location');
    }
    expectThat(response.status >= 200 && response.status < 300, 'status 2xx', summary(response));
    const { location } = response.headers;
    const at = location === undefined ? undefined : this.pathOf(location, resource.path);
    const body = response.text === '' ? {} : response.json();
    const { id = 'id' } = resource.names;
    const found = [body, ...Object.values(body)].find((part) => (part as Values | null)?.[id] !== undefined);
    const [where = ''] = (at ?? '').split('?');
    const last = where.replace(/\/$/, '').split('/').at(-1);
    const known = (found as Values | undefined)?.[id] ?? (last && decodeURIComponent(last));
    expectThat(
      known !== undefined,
      `the id of the new item: a member "${given.id ?? id}", or a header Location`,
      summary(response),
    );
    return {
      id: String(known),
      path: at ?? resource.item(String(known)),
      etag: response.headers.etag ?? '',
      body: (found as Values | undefined) ?? body,
    };
  }

  pathOf(target: string, from = '/'): string {
    const base = new URL(this.#client.base);
    const below = base.pathname.replace(/\/$/, '');
    const { pathname, search } = new URL(target, `${base.origin}${below}${from}`);
    return `${pathname.startsWith(`${below}/`) ? pathname.slice(below.length) : pathname}${search}`;
  }

  async body(resource = this.resource): Promise<Record<string, unknown>> {
    Session.#serial += 1;
    const value = await valueFor(resource.input, Session.#serial, async (collection) => {
      const target = this.contract.resources.find(({ path }) => path === collection);
      if (!target) throw new Error(`${resource.path} refers to ${collection}, which cannot be written`);
      return (await this.create(target)).id;
    });
    return withKnown(resource, value as Values, Session.#serial);
  }

  authorization(role: Role, subject: string = this.#subject, tenant?: string | null): Record<string, string> {
    return this.callers.authorization(role, subject, tenant);
  }

  get signsTokens(): boolean {
    return this.callers.signsTokens;
  }

  forge(token: Parameters<Api['forge']>[0]): string {
    return this.callers.forge(token);
  }
}

/** Values of Set-Cookie; dates in them hold commas. */
function cookiesOf({ response }: Exchange): string[] {
  return response?.headers['set-cookie']?.split(/,\s*(?=[^;,\s=]+=)/) ?? [];
}

/** A cookie without its value. */
function shapeOf(cookie: string): string {
  return cookie.replace(/=[^;]*/, '');
}
