import type { Api } from '../../cluster/api.js';
import type { Resource, Schema } from '../../contract/contract.js';
import type { Request, Response } from '../../http/exchange.js';
import { expectStatus, expectThat, summary } from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';
import { NotApplicable } from '../row.js';
import { completed, differenceOf, type Field, fieldsOf, shown, type Values } from './fields.js';
import { freshValue, samplesOf } from './values.js';

/** Fields that the server gives, by the names of the contract. */
const counted = 'version';
/** Items that references can point to. */
const referencesMade = 2;
/** The clock of the database, too, may have set createdAt. */
const clockToleranceMs = 120_000;

/** An item that a row has written, as the answer to the last write showed it. */
export interface Stored {
  id: string;
  path: string;
  etag: string;
  /** The whole answer. */
  body: Values;
}

/** A condition or media type of a write, and the instance it is sent to. */
export interface WriteOptions {
  to?: string;
  ifMatch?: string;
  type?: string;
}

/** A collection of the API in use by a row. It keeps track of created items and deletes them at the end. */
export class Collection {
  readonly fields: readonly Field[];
  #references: Record<string, string[]> = {};
  readonly #made: { resource: Resource; id: string }[] = [];
  /** How many of them references point to. */
  #kept = 0;
  /** Unknown until each field was tried. */
  #unique: readonly string[] | undefined;
  #turn = 0;

  private constructor(
    readonly api: Api,
    readonly resource: Resource,
  ) {
    this.fields = fieldsOf(resource);
  }

  /** Makes what references point to, and finds out which fields are unique. @throws Mismatch when the API refuses */
  static async open(api: Api, resource: Resource): Promise<Collection> {
    if (resource.bodies !== 'schema')
      throw new NotApplicable(
        `the schema of POST ${resource.path} does not say all rules of its data: bodies are made from examples`,
      );
    const collection = new Collection(api, resource);
    try {
      for (const target of new Set(
        collection.fields.map((field) => field.target).filter((path) => path !== ''),
      )) {
        const referred = api.contract.resources.find(({ path }) => path === target);
        const ids = referred ? await collection.#makeReferences(referred) : [];
        collection.#references[target] = ids;
      }
      collection.#kept = collection.#made.length;
      collection.#unique = await uniqueFields(collection);
      return collection;
    } catch (error) {
      await collection.close();
      throw error;
    }
  }

  async #makeReferences(resource: Resource): Promise<string[]> {
    const ids: string[] = [];
    for (let count = 0; count < referencesMade; count += 1) ids.push(await this.#makeReferred(resource));
    return ids;
  }

  /** @returns the id of a new item for a reference to point to */
  async #makeReferred(resource: Resource): Promise<string> {
    const { id } = await this.api.create(resource);
    this.#made.push({ resource, id });
    return id;
  }

  /** Whether answers are those of generated projects; else only what the document describes is asked. */
  get isOwn(): boolean {
    return this.api.contract.style.ownLists;
  }

  /** Name of the member with the id. */
  get id(): string {
    return this.resource.names.id ?? 'id';
  }

  /** An item of an answer, with its id as `id`, whatever the API calls it. */
  itemIn(body: Values): Values {
    if (this.isOwn) return body;
    const item = [body, ...Object.values(body)].find(
      (part) => (part as Values | null)?.[this.id] !== undefined,
    );
    return { ...body, ...(item as Values | undefined), id: (item as Values | undefined)?.[this.id] };
  }

  /** Names of the fields whose values no two items may share. */
  get unique(): readonly string[] {
    return this.#unique ?? [];
  }

  /** Base URL of the next instance in turn. */
  get next(): string {
    this.#turn += 1;
    return this.api.origins[this.#turn % this.api.origins.length]!;
  }

  /** Whether the item has that method. */
  allows(method: string): boolean {
    return this.resource.methods.item.includes(method);
  }

  /** Names of the query parameters that the document has for the list, or for an item. */
  parametersOf(of: 'list' | 'item'): string[] {
    const path = of === 'list' ? this.resource.path : this.resource.item('0');
    const parameters: Schema[] = this.api.contract.find('GET', path)?.source.parameters ?? [];
    return parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  }

  /**
   * Valid values of each field at the bounds of its type, anew with each call.
   * @param longest maximum code points of a text; default: some lines
   */
  async samples(longest?: number): Promise<Record<string, unknown[]>> {
    const entries = this.fields.map(async (field) => {
      const found = await samplesOf(field, this.referencesOf(field), longest);
      return [field.name, found] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  /** Ids of items that a reference can point to. */
  referencesOf({ target }: Field): string[] {
    return this.#references[target] ?? [];
  }

  /** A valid body with all required fields, which no item has. */
  async plainBody(): Promise<Values> {
    return this.withFresh(
      {},
      this.fields.filter(({ required }) => required),
    );
  }

  /** The body with new values for those fields; default: the unique ones. */
  async withFresh(
    body: Values,
    fields = this.fields.filter(({ name }) => this.unique.includes(name) && body[name] != null),
  ): Promise<Values> {
    const fresh = { ...body };
    for (const field of fields) {
      const referred = this.api.contract.resources.find(({ path }) => path === field.target);
      const value =
        referred && (this.#unique?.includes(field.name) ?? true)
          ? await this.#makeReferred(referred)
          : await freshValue(field, this.referencesOf(field));
      if (field.required || field.accepts(value)) fresh[field.name] = value;
    }
    return fresh;
  }

  /** Required fields that a body lacks, with values. */
  async filled(body: Values): Promise<Values> {
    const lacking = this.fields.filter(({ name, required }) => required && !(name in body));
    return this.withFresh(body, lacking);
  }

  /** Sends a write, and waits as long as the API says: for a limit (429), or since it is busy (503). */
  async send(request: Request): Promise<Response> {
    for (let refused = 0; ; refused += 1) {
      const response = await this.api.send(request);
      const later = Number(response.headers['retry-after']);
      if (![429, 503].includes(response.status) || !(later >= 0) || refused === 3) return response;
      await pause(later * 1000);
    }
  }

  post(json: unknown, { to = this.next }: WriteOptions = {}): Promise<Response> {
    return this.send({ method: 'POST', path: this.resource.path, as: 'editor', json, to });
  }

  /** PUT, PATCH or DELETE of an item. */
  change(
    method: string,
    path: string,
    json: unknown,
    { to = this.next, ifMatch, type }: WriteOptions = {},
  ): Promise<Response> {
    const headers: Record<string, string> = {};
    if (method === 'PATCH') headers['content-type'] = type ?? this.patchTypes[0] ?? 'application/json';
    if (ifMatch !== undefined) headers['if-match'] = ifMatch;
    const as = method === 'DELETE' ? 'admin' : 'editor';
    return this.send({
      method,
      path,
      as,
      headers,
      ...(json === undefined ? {} : { json }),
      ...(to && { to }),
    });
  }

  /** Media types of a PATCH. */
  get patchTypes(): string[] {
    const types = this.api.contract.find('PATCH', this.resource.item('0'))?.bodyTypes ?? [];
    const merge = types.filter((type) => /json/.test(type) && !/json-patch/.test(type));
    return merge.length > 0 || !this.isOwn ? merge : ['application/merge-patch+json'];
  }

  /**
   * Stores a body as a new item. Where a unique value is taken (409), once more with unused values.
   * @returns the item and the body that was stored
   * @throws Mismatch unless the answer is 201 with that body
   */
  async create(given: Values, options: WriteOptions = {}): Promise<{ item: Stored; sent: Values }> {
    const first = await this.post(given, options);
    const taken = this.isTaken(first) && this.unique.length > 0;
    const sent = taken ? await this.withFresh(given) : given;
    const response = taken ? await this.post(sent, options) : first;
    this.#expectWritten(response, 201, `POST with ${namesIn(sent)}`);
    const made = this.remember(response);
    const body = await this.#shownBy(response, made.path);
    this.expectBody(body, this.completed(sent), `POST ${this.resource.path} answers with`);
    expectNewborn(response, made);
    return { item: { ...made, body }, sent };
  }

  /**
   * Changes an item; else as `create`.
   * @param before the item as it was
   */
  async write(
    method: 'PUT' | 'PATCH',
    before: Stored,
    given: Values,
    options: WriteOptions = {},
  ): Promise<{ item: Stored; sent: Values }> {
    const first = await this.change(method, before.path, given, options);
    const taken = this.isTaken(first) && this.unique.length > 0;
    const sent = taken ? await this.withFresh(given) : given;
    const response = taken ? await this.change(method, before.path, sent, options) : first;
    this.#expectWritten(response, 200, `${method} with ${namesIn(sent)}`);
    const wanted = method === 'PUT' ? this.completed(sent) : { ...this.valuesOf(before.body), ...sent };
    const body = await this.#shownBy(response, before.path);
    this.expectBody(body, wanted, `${method} ${before.path} answers with`);
    this.expectProgress(method, before.body, body);
    return { item: { ...before, etag: this.#tagOf(response), body }, sent };
  }

  /** Whether a write may have been refused since a value is taken. */
  isTaken({ status }: Response): boolean {
    return status === 409 || (!this.isOwn && (status === 400 || status === 422));
  }

  /** The values of an item after a body was stored, as far as the document says them. */
  completed(body: Values): Values {
    if (this.isOwn) return completed(this.fields, body);
    const known = this.fields.filter(
      ({ name, nullable, absent }) => name in body || nullable || absent !== null,
    );
    return completed(known, body);
  }

  /** The item by the answer to a write; read where the answer does not show it. */
  async #shownBy(response: Response, path: string): Promise<Values> {
    if (this.isOwn) return response.json();
    const body = response.text === '' ? {} : this.itemIn(response.json());
    if (body.id !== undefined && this.fields.some(({ name }) => name in body)) return body;
    const read = await this.api.send({ path, as: 'reader' });
    expectStatus(read, 200);
    return this.itemIn(read.json());
  }

  /** Elsewhere, the tag of a write need not be that of the item. */
  #tagOf({ headers }: Response): string {
    return this.isOwn ? (headers.etag ?? '') : '';
  }

  #expectWritten(response: Response, status: number, what: string): void {
    const statuses = this.isOwn ? [status] : [200, 201, 202, 204];
    expectThat(
      statuses.includes(response.status),
      `status ${this.isOwn ? status : '2xx'} for ${what}`,
      summary(response),
    );
  }

  /** Remembers the item of a 201, to be deleted at the end. */
  remember(response: Response): Stored {
    const { id, body } = this.api.itemOf(response, this.resource);
    this.#made.push({ resource: this.resource, id });
    return { id, path: this.resource.item(id), etag: this.#tagOf(response), body: this.itemIn(body) };
  }

  /** The fields of an item that callers give. */
  valuesOf(body: Values): Values {
    return Object.fromEntries(this.fields.map(({ name }) => [name, body[name]]));
  }

  /** @throws Mismatch where an item differs from what was stored */
  expectBody(got: Values, wanted: Values, what: string): void {
    // Many leave out members that are null.
    const nothing = Object.fromEntries(this.fields.map(({ name }) => [name, null]));
    const difference = differenceOf(this.fields, wanted, this.isOwn ? got : { ...nothing, ...got });
    expectThat(difference === undefined, `${what} the values that were written`, difference);
  }

  /** @throws Mismatch unless id and createdAt stay, version counts by one and updatedAt does not go back */
  expectProgress(method: string, before: Values, after: Values): void {
    for (const name of ['id', 'createdAt'])
      expectThat(
        before[name] === after[name],
        `"${name}" to stay ${String(before[name])} after ${method}`,
        after[name],
      );
    if (this.isOwn && typeof before[counted] === 'number')
      expectThat(
        after[counted] === before[counted] + 1,
        `"${counted}" ${before[counted] + 1} after ${method} of version ${before[counted]}`,
        after[counted],
      );
    if (typeof before.updatedAt === 'string')
      expectThat(
        Date.parse(String(after.updatedAt)) >= Date.parse(before.updatedAt),
        `"updatedAt" not to go back from ${before.updatedAt} with ${method}`,
        after.updatedAt,
      );
  }

  /** Deletes the items of this collection that were made, but for what references point to. */
  clear(): Promise<void> {
    return this.#remove(this.#made.splice(this.#kept));
  }

  /** Deletes all that was made. */
  close(): Promise<void> {
    return this.#remove(this.#made.splice(0));
  }

  /** The newest first: items refer to older ones. */
  async #remove(made: { resource: Resource; id: string }[]): Promise<void> {
    for (const { resource, id } of made.reverse()) {
      if (!resource.methods.item.includes('DELETE')) continue;
      const path = resource.item(id);
      await this.api.trySend({ method: 'DELETE', path, as: 'admin', evidence: false });
    }
  }
}

/** @throws Mismatch unless Location leads to the item, and createdAt is the time of the answer */
function expectNewborn(response: Response, { path, body }: Stored): void {
  const { location, date } = response.headers;
  if (location !== undefined) {
    const { pathname } = new URL(location, 'http://api.invalid');
    const ends = pathname.replace(/\/$/, '').endsWith(path.replace(/\/$/, ''));
    expectThat(ends, `a Location that leads to ${path}`, location);
  }
  if (typeof body.createdAt !== 'string' || date === undefined) return;
  const distance = Math.abs(Date.parse(body.createdAt) - Date.parse(date));
  expectThat(distance < clockToleranceMs, `"createdAt" near the Date of the answer, ${date}`, body.createdAt);
}

/** A body for a message: long values are cut off. */
export function namesIn(body: Values): string {
  const members = Object.entries(body).map(([name, value]) => `${JSON.stringify(name)}:${shown(value, 24)}`);
  const text = `{${members.join(',')}}`;
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

const probed = new WeakMap<Resource, Promise<string[]>>();

/** Fields whose value another item may not have: the API answers 409 to the same value. Asked once. */
function uniqueFields(collection: Collection): Promise<string[]> {
  const { resource } = collection;
  const found = probed.get(resource) ?? findUnique(collection);
  probed.set(resource, found);
  found.catch(() => probed.delete(resource));
  return found;
}

async function findUnique(collection: Collection): Promise<string[]> {
  const { api, resource } = collection;
  const documented = api.contract.find('POST', resource.path)?.source.responses ?? {};
  const candidates = collection.fields.filter(({ kind }) => !['boolean', 'enum'].includes(kind));
  if ((collection.isOwn && !documented['409']) || candidates.length === 0) return [];
  const first = await collection.withFresh(
    {},
    collection.fields.filter((field) => field.required || candidates.includes(field)),
  );
  collection.remember(await collection.post(first));
  const unique: string[] = [];
  for (const { name } of candidates) {
    const response = await collection.post({ ...(await collection.plainBody()), [name]: first[name] });
    if (collection.isTaken(response)) unique.push(name);
    else if (response.status < 300) collection.remember(response);
  }
  return unique;
}

/** Whether items have fields that are both sent and answered. */
export function isWritable(resource: Resource): boolean {
  return fieldsOf(resource).length > 0;
}

/**
 * Collections that can be written and have fields to write.
 * @throws NotApplicable when the document describes none
 */
export function writableOf(api: Api): Resource[] {
  const writable = api.contract.resources.filter(isWritable);
  if (writable.length === 0)
    throw new NotApplicable('the document describes no field that is both sent and answered');
  return writable;
}

/**
 * Runs the work for each writable collection, and deletes the created items.
 * @param methods of an item, one of which the work needs
 * @throws NotApplicable when no collection has one of them
 */
export async function forEachCollection(
  api: Api,
  work: (collection: Collection) => Promise<void>,
  methods?: readonly string[],
): Promise<void> {
  const end = performance.now() + longestMs;
  const suitable = writableOf(api).filter(
    (resource) => !methods || methods.some((method) => resource.methods.item.includes(method)),
  );
  if (suitable.length === 0)
    throw new NotApplicable(`the document describes no ${methods!.join(' or ')} of an item`);
  for (const resource of suitable) {
    const collection = await Collection.open(api, resource);
    try {
      await work(collection);
    } finally {
      await collection.close();
    }
    // The first always takes part; a document can have a hundred of them.
    if (performance.now() > end) return;
  }
}

const longestMs = 15_000;
