import { randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import { included, type Resource } from '../../contract/contract.js';
import { expectEqual, expectStatus, expectThat } from '../../http/expectations.js';
import { jobSettings } from '../jobs/job.js';
import { NotApplicable, type Row } from '../row.js';
import { includesOf } from '../shared/references.js';
import {
  attemptsAt,
  createAs,
  expectAsMissing,
  expectFullUse,
  expectHas,
  expectNoReplay,
  expectNothingAfter,
  expectPrivate,
  expectReferencesRefused,
  expectValuesFree,
  exportedTo,
  guardedReferencesOf,
  type Headers,
  listsWith,
  nobody,
  read,
} from './hidden-items.js';

const group = 'authentication';

export const ownedItems: Row[] = [
  {
    id: 'OW1',
    group,
    title: 'an item of another owner, by every operation',
    expected:
      'the same response as for an item that does not exist, on every instance, also when it is in the caches, with its entity tag, and for lists below it; nothing changed; 401 without credentials; its owner needs no higher role, and an administrator sees and changes it',
    source: 'OWASP API1:2023; OWASP ASVS V8.2.2; RFC 9110, section 15.5.5',
    remedy:
      'Put the owner into the condition of every statement, and look at the owner of an entry before it leaves a cache.',
    evidence: ['cached', 'balanced'],
    needs: ['started', 'accounts', 'resource', 'writing'],
    quick: true,
    async run(api) {
      for (const resource of ownedOf(api)) {
        const item = await api.create(resource);
        for (const to of api.origins) await read(api, item.path, api.authorization('reader'), to);
        const attempts = await attemptsAt(api, resource, item);
        for (const headers of [...strangers(api), {}])
          for (const to of api.origins)
            for (const attempt of attempts) await expectAsMissing(api, resource, item, attempt, headers, to);
        const after = await read(api, item.path, api.authorization('reader'));
        expectEqual(after.json(), item.body, 'the item after the attempts of others:');
        await expectFullUse(api, resource, item, api.authorization('admin', randomUUID()));
        await expectFullUse(api, resource, await api.create(resource), api.authorization('reader'));
      }
    },
  },
  {
    id: 'OW2',
    group,
    title: 'lists of items that have owners',
    expected:
      'the items of the caller alone, on every instance, with every filter and order, below other items and after the cursor of another owner; private; an administrator has those of all; 401 without credentials',
    source: 'OWASP API1:2023 and API3:2023; RFC 9111, section 5.2.2.7',
    remedy: 'Add the owner to the conditions of every list, and key caches of pages by the caller.',
    evidence: ['cached'],
    needs: ['started', 'accounts', 'resource', 'writing'],
    quick: true,
    async run(api) {
      for (const resource of ownedOf(api)) {
        const items = [await api.create(resource), await api.create(resource)];
        const [own, [stranger]] = [api.authorization('reader'), strangers(api)];
        for (const { path, has } of listsWith(api, resource, items[0]!))
          for (const to of api.origins) {
            const page = await read(api, path, own, to);
            if (has) expectHas(page, items[0]!, path);
            expectPrivate(page, path);
            const others = await read(api, path, stranger!, to);
            expectEqual(others.json().data, [], `items at ${path} for a caller who owns none:`);
            expectEqual(others.json().meta.nextCursor, null, 'the cursor after them:');
            if (has)
              expectHas(await read(api, path, api.authorization('admin', randomUUID()), to), items[0]!, path);
            expectStatus(await api.send({ path, to }), 401);
          }
        await expectNothingAfter(api, `${resource.path}?limit=1`, own, stranger!);
      }
    },
  },
  {
    id: 'OW3',
    group,
    title: 'writes that meet items of another owner',
    expected:
      'a reference to one is answered as one to nothing; a unique value that another owner has is free; an Idempotency-Key of another owner replays nothing; what an answer includes is not of another owner',
    source: 'OWASP API1:2023 and API3:2023; OWASP ASVS V8.2.2',
    remedy:
      'Check in the transaction that the caller sees what a row refers to, make keys unique for each owner, and include by the owner.',
    evidence: [],
    needs: ['started', 'accounts', 'resource', 'writing'],
    quick: true,
    async run(api) {
      for (const resource of ownedOf(api)) {
        const item = await api.create(resource);
        const [stranger] = strangers(api);
        await expectNoReplay(api, resource, api.authorization('reader'), stranger!);
        await expectValuesFree(api, resource, item, stranger!);
        await expectReferencesRefused(api, resource, stranger!);
        await expectNotIncluded(api, resource, stranger!);
      }
    },
  },
  {
    id: 'OW4',
    group,
    title: 'exports of items that have owners',
    expected: 'the items of the caller who asked, and no other; for an administrator those of all',
    source: 'OWASP API1:2023; OWASP ASVS V8.2.2',
    remedy:
      'Keep with the job who asked and in which roles, and put the owner into the condition of its statements.',
    evidence: ['asynchronous'],
    needs: ['started', 'jobs', 'accounts', 'resource', 'writing'],
    quick: false,
    settings: jobSettings,
    async run(api) {
      await api.fleet.workers();
      for (const resource of ownedOf(api)) {
        const own = api.authorization('reader');
        const [stranger] = strangers(api);
        const item = await api.create(resource);
        const other = await createAs(api, resource, stranger!);
        const admin = api.authorization('admin', randomUUID());
        for (const [headers, wanted, unwanted] of [
          [own, [item.id], [other.id]],
          [stranger!, [other.id], [item.id]],
          [admin, [item.id, other.id], []],
        ] as const) {
          const ids = await exportedTo(api, resource, headers);
          for (const id of wanted) expectThat(ids.includes(id), `the item ${id} in the export`, ids);
          for (const id of unwanted)
            expectThat(!ids.includes(id), 'no item of another owner in the export', `the item ${id}`);
        }
      }
    },
  },
];

/** @throws NotApplicable when the document marks none with `x-owned` */
function ownedOf(api: Api): Resource[] {
  const found = api.contract.resources.filter(({ owned }) => owned);
  if (found.length === 0)
    throw new NotApplicable('the document has no items that belong to callers (x-owned)');
  return found;
}

/** Callers who own nothing. */
function strangers(api: Api): Headers[] {
  return (['reader', 'editor'] as const).map((role) => api.authorization(role, randomUUID()));
}

/** Where an administrator has made an item refer to one of another owner, its owner does not see that. */
async function expectNotIncluded(api: Api, resource: Resource, stranger: Headers): Promise<void> {
  const names = includesOf(api, resource.item(nobody));
  for (const { field, parent } of guardedReferencesOf(api, resource)) {
    const name = names.find((each) => [field, field.replace(/Id$/, '')].includes(each));
    if (name === undefined) continue;
    const foreign = await api.create(parent);
    const mine = await createAs(api, resource, stranger);
    const changed = await api.send({
      method: 'PATCH',
      path: mine.path,
      headers: api.authorization('admin', randomUUID()),
      json: { [field]: foreign.id },
    });
    expectStatus(changed, 200);
    for (const path of [`${mine.path}?include=${name}`, `${resource.path}?include=${name}&limit=100`]) {
      const body = (await read(api, path, stranger)).json();
      for (const entry of body.data ?? [body])
        if (entry[field] === foreign.id)
          expectEqual(entry[included]?.[name], null, `${included}.${name} of another owner at ${path}:`);
    }
  }
}
