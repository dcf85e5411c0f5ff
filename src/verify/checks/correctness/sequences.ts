import {
  type Arbitrary,
  type AsyncCommand,
  array,
  asyncModelRun,
  asyncProperty,
  check,
  commands,
  constantFrom,
  nat,
  record,
} from 'fast-check';
import type { Api } from '../../cluster/api.js';
import { expectThat, Mismatch, summary } from '../../http/expectations.js';
import { eventually } from '../shared/eventually.js';
import { Collection, namesIn, type Stored, writableOf } from './collection.js';
import { isSame, type Values } from './fields.js';
import { filtersOf, queryText } from './listing.js';
import { expectAmong, expectSameItem, listed, listPath, newestFirst, walk } from './reading.js';
import { samplesOf } from './values.js';

/** The same sequences in each run, so that what fails fails again. */
const seed = 20_260_101;
const runs = 20;
const longestRun = 14;
/** Time for all sequences of a collection, and then for the search of a shorter one that fails. */
const timeMs = 10_000;
const shrinkingMs = 10_000;

const kinds = [
  'create',
  'replace',
  'merge',
  'remove',
  'read',
  'read a removed item',
  'list',
  'change with the current tag',
  'change with an old tag',
  'change a removed item',
  'take the unique value of another item',
] as const;
type Kind = (typeof kinds)[number];

/** The input of a step; each number selects among the items and values that exist when it runs. */
interface Choice {
  kind: Kind;
  /** Which item. */
  item: number;
  /** Which value of each field, in the order of the fields. */
  values: number[];
  /** Which query, and which method where there are several. */
  other: number;
}

/** The expected state of the API. */
interface Model {
  items: Stored[];
  removed: Stored[];
  /** Requests so far, in words. */
  log: string[];
}

interface Failure {
  log: string[];
  mismatch: Mismatch;
}

/**
 * Runs random sequences of operations against each collection and a model of it, and compares after each step.
 * @throws Mismatch with the shortest sequence that was found to fail, and the seed
 */
export async function expectSequencesHold(api: Api): Promise<void> {
  const end = performance.now() + timeMs;
  for (const resource of writableOf(api)) {
    const collection = await Collection.open(api, resource);
    try {
      const failure = await runSequences(collection);
      if (failure) throw mismatchOf(failure);
    } finally {
      await collection.close();
    }
    if (performance.now() > end) return;
  }
}

function mismatchOf({ log, mismatch }: Failure): Mismatch {
  const steps = log.length === 0 ? '' : `${log.join(' → ')}: `;
  return new Mismatch(`${steps}${mismatch.expected} (sequences with seed ${seed})`, mismatch.got);
}

/** @returns the last sequence that failed, which is the shortest; undefined when all hold */
async function runSequences(collection: Collection): Promise<Failure | undefined> {
  const steps = choices(collection).map(
    (choice) => new Step(choice, collection) as AsyncCommand<Model, Collection>,
  );
  let end = performance.now() + timeMs;
  let failure: Failure | undefined;
  const property = asyncProperty(
    commands([steps], { maxCommands: longestRun, size: '+1' }),
    async (sequence) => {
      if (performance.now() > end) return;
      const model: Model = { items: [], removed: [], log: [] };
      try {
        await asyncModelRun(() => ({ model, real: collection }), sequence);
      } catch (error) {
        if (!(error instanceof Mismatch)) throw error;
        if (!failure) end = performance.now() + shrinkingMs;
        failure = { log: model.log, mismatch: error };
        throw error;
      } finally {
        await collection.clear();
      }
    },
  );
  const { counterexample, errorInstance, failed } = await check(property, { seed, numRuns: runs });
  if (failed && !failure) throw errorInstance;
  // Once more, so that its requests are the last ones.
  if (failure && counterexample) await replay(counterexample[0], collection);
  return failure;
}

async function replay(sequence: Iterable<AsyncCommand<Model, Collection>>, real: Collection): Promise<void> {
  try {
    await asyncModelRun(() => ({ model: { items: [], removed: [], log: [] }, real }), sequence);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
  }
}

function choices({ fields }: Collection): Arbitrary<Choice> {
  return record({
    // Writes come more often, as all else needs items.
    kind: constantFrom<Kind>(...kinds, 'create', 'create', 'replace', 'merge', 'merge', 'list'),
    item: nat(20),
    values: array(nat(40), { minLength: fields.length, maxLength: fields.length, size: 'max' }),
    other: nat(30),
  });
}

/** One step of a sequence. */
class Step implements AsyncCommand<Model, Collection> {
  constructor(
    private readonly choice: Choice,
    private readonly collection: Collection,
  ) {}

  check({ items, removed }: Readonly<Model>): boolean {
    const { kind } = this.choice;
    if (kind === 'read a removed item') return removed.length > 0;
    if (kind === 'change a removed item') return removed.length > 0 && this.#changes.length > 0;
    if (kind === 'remove') return items.length > 0 && this.collection.allows('DELETE');
    if (kind === 'replace') return items.length > 0 && this.collection.allows('PUT');
    if (kind === 'merge') return items.length > 0 && this.collection.allows('PATCH');
    if (kind === 'take the unique value of another item')
      return items.length > 1 && this.collection.unique.length > 0 && this.collection.allows('PATCH');
    if (kind.startsWith('change with')) return items.length > 0 && this.#conditional !== undefined;
    return kind === 'create' || kind === 'list' || items.length > 0;
  }

  async run(model: Model): Promise<void> {
    const place = this.choice.item % Math.max(1, model.items.length);
    const item = model.items[place];
    const removed = model.removed[this.choice.item % Math.max(1, model.removed.length)];
    switch (this.choice.kind) {
      case 'create':
        return this.#create(model);
      case 'replace':
      case 'merge':
        return this.#write(model, place, this.choice.kind === 'replace' ? 'PUT' : 'PATCH');
      case 'remove':
        return this.#remove(model, place);
      case 'read':
        return this.#read(model, item!);
      case 'read a removed item':
        return this.#expectGone(model, 'GET', removed!);
      case 'change a removed item':
        return this.#expectGone(model, this.#changes[this.choice.other % this.#changes.length]!, removed!);
      case 'list':
        return this.#list(model);
      case 'change with the current tag':
        return this.#write(model, place, this.#conditional!, item!.etag);
      case 'change with an old tag':
        return this.#expectStale(model, item!);
      default:
        return this.#expectTaken(model, place);
    }
  }

  toString(): string {
    return this.choice.kind;
  }

  /** Methods that change an item. */
  get #changes(): string[] {
    return ['PUT', 'PATCH', 'DELETE'].filter((method) => this.collection.allows(method));
  }

  /** A method that takes If-Match. */
  get #conditional(): 'PUT' | 'PATCH' | undefined {
    const { api, resource } = this.collection;
    return (['PATCH', 'PUT'] as const).find((method) => {
      const parameters: { name?: string }[] =
        api.contract.find(method, resource.item('0'))?.source.parameters ?? [];
      return parameters.some(({ name }) => name?.toLowerCase() === 'if-match');
    });
  }

  /** The values chosen: all required fields, and of the optional ones two of three. */
  async #body(complete: boolean): Promise<Values> {
    const body: Values = {};
    for (const [place, field] of this.collection.fields.entries()) {
      const number = this.choice.values[place] ?? 0;
      if (number % 3 === 0 && !(complete && field.required)) continue;
      const samples = await samplesOf(field, this.collection.referencesOf(field));
      if (samples.length > 0) body[field.name] = samples[number % samples.length];
    }
    return this.collection.withFresh(complete ? await this.collection.filled(body) : body);
  }

  async #create(model: Model): Promise<void> {
    const given = await this.#body(true);
    model.log.push(`POST ${this.collection.resource.path} ${namesIn(given)}`);
    const { item } = await this.collection.create(given);
    model.items.push(item);
    await this.#compare(model, item);
  }

  async #write(model: Model, place: number, method: 'PUT' | 'PATCH', ifMatch?: string): Promise<void> {
    const item = model.items[place]!;
    const given = await this.#body(method === 'PUT');
    const tag = ifMatch === undefined ? '' : ` with If-Match ${ifMatch}`;
    model.log.push(`${method} ${item.path} ${namesIn(given)}${tag}`);
    const options = ifMatch === undefined || ifMatch === '' ? {} : { ifMatch };
    const changed = await this.collection.write(method, item, given, options);
    model.items[place] = changed.item;
    await this.#compare(model, changed.item);
  }

  async #remove(model: Model, place: number): Promise<void> {
    const item = model.items[place]!;
    model.log.push(`DELETE ${item.path}`);
    const response = await this.collection.change('DELETE', item.path, undefined);
    expectThat(response.status >= 200 && response.status < 300, '204 for DELETE', summary(response));
    model.items.splice(place, 1);
    model.removed.push(item);
    await this.#compare(model);
  }

  async #read(model: Model, { path, body, etag }: Stored): Promise<void> {
    model.log.push(`GET ${path}`);
    await eventually(async () => {
      const response = await this.collection.api.send({ path, as: 'reader', to: this.collection.next });
      expectThat(response.status === 200, 'status 200 for GET', summary(response));
      expectSameItem(this.collection.itemIn(response.json()), body, 'GET');
      if (etag !== '') expectThat(response.headers.etag === etag, `the ETag ${etag}`, response.headers.etag);
    });
  }

  async #expectGone(model: Model, method: string, { path, body }: Stored): Promise<void> {
    const bodies: Record<string, Values> = { PUT: this.collection.valuesOf(body), PATCH: {} };
    const json = bodies[method];
    model.log.push(`${method} ${path}, which was deleted`);
    await eventually(async () => {
      const response =
        method === 'GET'
          ? await this.collection.api.send({ path, as: 'reader', to: this.collection.next })
          : await this.collection.change(method, path, json);
      expectThat(
        [404, 410].includes(response.status),
        `404 for ${method} of a deleted item`,
        summary(response),
      );
    });
  }

  async #expectStale(model: Model, item: Stored): Promise<void> {
    const method = this.#conditional!;
    const given = await this.#body(method === 'PUT');
    model.log.push(`${method} ${item.path} with an old If-Match`);
    const response = await this.collection.change(method, item.path, given, { ifMatch: '"0"' });
    expectThat(response.status === 412, `412 for ${method} with an old If-Match`, summary(response));
    await this.#compare(model, item);
  }

  async #expectTaken(model: Model, place: number): Promise<void> {
    const item = model.items[place]!;
    const other = model.items[(place + 1) % model.items.length]!;
    const { unique } = this.collection;
    const name = unique[this.choice.other % unique.length]!;
    if (other.body[name] === null || other.body[name] === undefined) return;
    model.log.push(`PATCH ${item.path} with the "${name}" of ${other.path}`);
    const response = await this.collection.change('PATCH', item.path, { [name]: other.body[name] });
    expectThat(this.collection.isTaken(response), `409 for the "${name}" of another item`, summary(response));
    await this.#compare(model, item);
  }

  async #list(model: Model): Promise<void> {
    const { collection, choice } = this;
    const { sorts } = collection.resource;
    const newest = newestFirst(collection);
    const sort = [newest, ...sorts][choice.other % (sorts.length + 1)];
    const filtering = [undefined, ...filtersOf(collection)];
    const filter = filtering[(choice.values[0] ?? 0) % filtering.length];
    const value = filter && model.items[choice.item % Math.max(1, model.items.length)]?.body[filter.name];
    const filtered = filter !== undefined && value !== undefined && value !== null;
    const query = { sort, limit: 1 + (choice.other % 3), ...(filtered && { [filter.name]: String(value) }) };
    model.log.push(`GET ${listPath(collection, query)} to its last page`);
    const wanted = model.items.filter(({ body }) => !filtered || isSame(filter, value, body[filter.name]));
    const times = wanted.map(({ body }) => String(body.createdAt)).sort();
    const enough = (items: readonly Values[]) =>
      sort === newest &&
      times[0] !== undefined &&
      items.some(({ createdAt }) => String(createdAt) < times[0]!);
    await eventually(async () => {
      const found = await walk(collection, query, enough);
      const what = `the list with ${queryText(query)}`;
      for (const { body } of wanted) expectAmong(found, body, what);
      const ids = new Set(wanted.map(({ id }) => id));
      const wrong = [...model.items, ...model.removed].find(
        ({ id }) => !ids.has(id) && found.items.some((item) => item.id === id),
      );
      expectThat(wrong === undefined, `${what} without ${namesIn(wrong?.body ?? {})}`, 'it is there');
    });
  }

  /** The item that was written, and the whole collection, as the model has them. */
  async #compare(model: Model, item?: Stored): Promise<void> {
    const { collection } = this;
    await eventually(async () => {
      if (item) {
        const read = await collection.api.send({ path: item.path, as: 'reader', to: collection.next });
        expectThat(read.status === 200, `status 200 for GET ${item.path}`, summary(read));
        expectSameItem(collection.itemIn(read.json()), item.body, `GET ${item.path}`);
      }
      const found = await listed(collection, model.items, {});
      for (const { body } of model.items) expectAmong(found, body, 'the list');
      const left = model.removed.find(({ id }) => found.items.some((entry) => entry.id === id));
      expectThat(left === undefined, 'the list without the deleted item', left?.id);
    });
  }
}
