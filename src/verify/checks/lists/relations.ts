import type { Api, Item } from '../../cluster/api.js';
import { included, type Resource } from '../../contract/contract.js';
import type { Response } from '../../http/exchange.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectStatus,
  expectThat,
} from '../../http/expectations.js';
import { NotApplicable, type Row } from '../row.js';
import { eventually } from '../shared/eventually.js';
import { expectParameterRefused, readPageAt } from '../shared/pages.js';
import { includesOf, referencesOf } from '../shared/references.js';

const group = 'lists';
const nobody = '01900000-0000-7000-8000-000000000000';

export const relations: Row[] = [
  {
    id: 'RF1',
    group,
    title: 'the list below an item',
    expected:
      'just the items that refer to it, on every page; empty when there are none, 404 when the item does not exist',
    source: 'Google AIP-132 (list methods of a parent); RFC 8288, section 3',
    remedy: 'Filter by the reference, and look the item up when the page is empty.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      const lists = referencesOf(api).flatMap((reference) => {
        const place = (id: string) => `${reference.parent.item(id)}${lastPart(reference.child.path)}`;
        const described = api.contract.find('GET', place(nobody));
        const others = referencesOf(api).filter(
          ({ child, parent }) => child === reference.child && parent === reference.parent,
        );
        return described && others.length === 1 ? [{ ...reference, place }] : [];
      });
      if (lists.length === 0) throw new NotApplicable('the document has no list below an item');
      for (const { child, field, parent, place } of lists) {
        const [own, other] = [await api.create(parent), await api.create(parent)];
        expectEqual((await readPageAt(api, place(own.id))).ids, [], 'a list below a new item to hold');
        const items = await createReferring(api, child, { [field]: own.id });
        await api.create(child, { [field]: other.id });
        const pages = [await readPageAt(api, `${place(own.id)}?limit=2`)];
        if (items.length > 2) {
          expectThat(pages[0]!.next !== null, 'a nextCursor: there are three items', pages[0]!.next);
          pages.push(await readPageAt(api, `${place(own.id)}?limit=2&cursor=${pages[0]!.next}`));
        }
        expectEqual(
          pages.flatMap(({ ids }) => ids).sort(),
          items.map(({ id }) => id).sort(),
          `the items of ${place('{id}')}`,
        );
        expectEqual(pages.at(-1)!.next, null, 'the nextCursor of the last page');
        for (const path of [place(nobody), `${place(nobody)}?limit=1`])
          expectProblem(await api.send({ path, as: 'reader' }), 404, 'not-found');
        const unknown = await api.send({ path: `${place(own.id)}?no-such=1`, as: 'reader' });
        expectProblem(unknown, 400, 'invalid-parameter');
      }
    },
  },
  {
    id: 'RF2',
    group,
    title: 'items with what they refer to',
    expected:
      '`include` of an item and of a list: the other item as it is now, with another ETag once it has changed; 400 for another name',
    source: 'JSON:API 1.1 (inclusion of related resources); RFC 9110, section 8.8.1',
    remedy:
      'Read what the page refers to in one statement, and make the tag from the versions of all that is sent.',
    evidence: ['cached'],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      const found = referencesOf(api).flatMap((reference) => {
        const name = includableOf(api, reference.child).find((each) =>
          [reference.field, reference.field.replace(/Id$/, '')].includes(each),
        );
        return name === undefined ? [] : [{ ...reference, name }];
      });
      if (found.length === 0) throw new NotApplicable('the document has no parameter "include"');
      for (const { child, field, parent, name } of found) {
        const to = await api.create(parent);
        const item = await api.create(child, { [field]: to.id });
        const path = `${item.path}?include=${name}`;
        const before = await read(api, path);
        expectEqual(before.json()[included]?.[name], to.body, `${included}.${name}`);
        expectEqual(before.json()[field], to.id, `the member "${field}"`);
        const headers = { 'if-none-match': expectHeader(before, 'ETag') };
        expectStatus(await api.send({ path, headers, as: 'reader' }), 304);
        const listed = (await readPageAt(api, `${child.path}?include=${name}&limit=100`)).items;
        for (const entry of listed)
          expectEqual(
            (entry[included] as Record<string, { id?: unknown } | null>)?.[name]?.id ?? null,
            entry[field],
            `the id of ${included}.${name} in a list`,
          );
        await changeSome(api, parent, to);
        const fresh = (await read(api, to.path)).json();
        await eventually(async () => {
          const after = await api.send({ path, headers, as: 'reader' });
          expectStatus(after, 200);
          expectEqual(after.json()[included]?.[name], fresh, `${included}.${name} after a change of it:`);
        });
        for (const of of [item.path, child.path])
          await expectParameterRefused(api, `${of}?include=${name},no_such_name`, 'include');
      }
    },
  },
  {
    id: 'RF3',
    group,
    title: 'what a deletion does to items that refer to it',
    expected:
      'as `x-on-delete` says, on every instance: 409 with `restrict`, 404 for them with `cascade`, with `null` a new version without the reference',
    source: 'ISO/IEC 9075-2 (referential actions); RFC 9110, section 15.5.10',
    remedy:
      'Find the rows that change with it in the same transaction, and have all instances forget them after the commit.',
    evidence: ['cached', 'balanced'],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      const found = referencesOf(api).filter(({ schema }) => schema['x-on-delete'] !== undefined);
      if (found.length === 0) throw new NotApplicable('the document has no reference with x-on-delete');
      for (const { child, field, schema, parent } of found) {
        const to = await api.create(parent);
        const item = await api.create(child, { [field]: to.id });
        for (const origin of api.origins) await read(api, item.path, origin);
        const deleted = await api.send({ method: 'DELETE', path: to.path, as: 'admin' });
        const rule = schema['x-on-delete'];
        if (rule === 'restrict') {
          expectProblem(deleted, 409, 'conflict');
          expectStatus(await api.send({ path: to.path, as: 'reader' }), 200);
          continue;
        }
        expectStatus(deleted, 204);
        for (const origin of api.origins)
          await eventually(async () => {
            const left = await api.send({ path: item.path, as: 'reader', to: origin });
            if (rule === 'cascade') {
              expectProblem(left, 404, 'not-found');
              return;
            }
            expectStatus(left, 200);
            expectEqual(left.json()[field], null, `the member "${field}" after the deletion`);
            expectThat(left.headers.etag !== item.etag, 'another ETag after the deletion', left.headers.etag);
          });
      }
    },
  },
];

/** The names that `include` takes of an item and of the list, where answers have a place for it. */
function includableOf(api: Api, { path, item }: Resource): string[] {
  const ofList = includesOf(api, path);
  return includesOf(api, item(nobody)).filter((name) => ofList.includes(name));
}

/** Makes three items that refer to one; a single one where the reference is unique. */
async function createReferring(
  api: Api,
  child: Resource,
  reference: Record<string, string>,
): Promise<Item[]> {
  const items = [await api.create(child, reference)];
  const pointers = Object.keys(reference).map((field) => `#/${field}`);
  while (items.length < 3) {
    const response = await api.post({ ...(await api.body(child)), ...reference }, child);
    const errors: { pointer: string; code: string }[] = response.status === 409 ? response.json().errors : [];
    if (errors.some(({ pointer, code }) => code === 'taken' && pointers.includes(pointer))) break;
    items.push(api.itemOf(response, child));
  }
  return items;
}

/** `/items` of `/v1/items`. */
function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/'));
}

async function read(api: Api, path: string, to?: string): Promise<Response> {
  const response = await api.send({ path, as: 'reader', ...(to && { to }) });
  expectStatus(response, 200);
  return response;
}

/** Makes a new version of an item, with the values that it has. */
async function changeSome(api: Api, resource: Resource, { path, body }: Item): Promise<void> {
  const names = Object.keys((resource.input.properties ?? {}) as object);
  const json = Object.fromEntries(names.map((name) => [name, body[name]]));
  expectStatus(await api.send({ method: 'PUT', path, as: 'editor', json }), 200);
}
