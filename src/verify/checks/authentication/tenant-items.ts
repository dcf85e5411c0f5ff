import { randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import type { Resource } from '../../contract/contract.js';
import { expectEqual, expectProblem, expectStatus, expectThat } from '../../http/expectations.js';
import { jobSettings } from '../jobs/job.js';
import { NotApplicable, type Row } from '../row.js';
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
  type Headers,
  listsWith,
  nobody,
  read,
} from './hidden-items.js';

const group = 'authentication';

export const tenantItems: Row[] = [
  {
    id: 'TN1',
    group,
    title: 'an item of another tenant, by every operation',
    expected:
      'for an administrator of another tenant the same response as for an item that does not exist, on every instance, also when it is in the caches, with its entity tag, and for lists below it; nothing changed; 403 for callers without a tenant, 401 without credentials; callers of its tenant use it as their roles say',
    source: 'OWASP API1:2023; OWASP ASVS V8.4.1; RFC 9110, section 15.5.5',
    remedy:
      'Put the tenant into the condition of every statement and into the keys of caches, whatever the role of the caller, and have the database keep rows apart too.',
    evidence: ['cached', 'balanced'],
    needs: ['started', 'accounts', 'resource', 'writing'],
    quick: true,
    async run(api) {
      const resources = ofTenants(api);
      const foreign = foreigner(api);
      for (const resource of resources) {
        const item = await api.create(resource);
        for (const to of api.origins) await read(api, item.path, api.authorization('reader'), to);
        const attempts = await attemptsAt(api, resource, item);
        for (const headers of [foreign, {}])
          for (const to of api.origins)
            for (const attempt of attempts) await expectAsMissing(api, resource, item, attempt, headers, to);
        await expectNoUse(api, resource, item.path);
        const after = await read(api, item.path, api.authorization('reader', randomUUID()));
        expectEqual(after.json(), item.body, 'the item after the attempts of others:');
        await expectFullUse(api, resource, item, api.authorization('admin', randomUUID()));
      }
    },
  },
  {
    id: 'TN2',
    group,
    title: 'lists of items that belong to tenants',
    expected:
      "the items of the caller's tenant alone, on every instance and for an administrator too, with every filter and order, below other items and after the cursor of another tenant; private; 403 for callers without a tenant, 401 without credentials",
    source: 'OWASP API1:2023 and API3:2023; RFC 9111, section 5.2.2.7',
    remedy: 'Add the tenant to the conditions of every list, and key caches of pages by the tenant.',
    evidence: ['cached'],
    needs: ['started', 'accounts', 'resource', 'writing'],
    quick: true,
    async run(api) {
      const resources = ofTenants(api);
      const foreign = foreigner(api);
      for (const resource of resources) {
        const items = [await api.create(resource), await api.create(resource)];
        const own = api.authorization('reader');
        for (const { path, has } of listsWith(api, resource, items[0]!))
          for (const to of api.origins) {
            const page = await read(api, path, own, to);
            if (has) expectHas(page, items[0]!, path);
            expectPrivate(page, path);
            const others = await read(api, path, foreign, to);
            expectEqual(others.json().data, [], `items at ${path} for a caller whose tenant has none:`);
            expectEqual(others.json().meta.nextCursor, null, 'the cursor after them:');
            expectStatus(await api.send({ path, to, headers: alone(api) }), 403);
            expectStatus(await api.send({ path, to }), 401);
          }
        await expectNothingAfter(api, `${resource.path}?limit=1`, own, foreign);
      }
    },
  },
  {
    id: 'TN3',
    group,
    title: 'writes that meet items of another tenant',
    expected:
      'a reference to one is answered as one to nothing, also for an administrator; a unique value that another tenant has is free; an Idempotency-Key of another tenant replays nothing',
    source: 'OWASP API1:2023 and API3:2023; OWASP ASVS V8.4.1',
    remedy:
      "Check in the transaction that what a row refers to is of the caller's tenant, make keys unique for each tenant, and keep idempotency keys by caller and tenant.",
    evidence: [],
    needs: ['started', 'accounts', 'resource', 'writing'],
    quick: true,
    async run(api) {
      const resources = ofTenants(api);
      const foreign = foreigner(api);
      for (const resource of resources) {
        const item = await api.create(resource);
        await expectNoReplay(api, resource, api.authorization('admin', subject), foreign);
        await expectValuesFree(api, resource, item, foreign);
        await expectReferencesRefused(api, resource, foreign);
      }
    },
  },
  {
    id: 'TN4',
    group,
    title: 'exports of items that belong to tenants',
    expected:
      "the items of the caller's tenant, and no other, for an administrator too; a job of another tenant is answered as one that does not exist; 403 for callers without a tenant",
    source: 'OWASP API1:2023; OWASP ASVS V8.4.1',
    remedy:
      'Keep the tenant with the job, put it into the condition of its statements, and compare it before the job is shown.',
    evidence: ['asynchronous'],
    needs: ['started', 'jobs', 'accounts', 'resource', 'writing'],
    quick: false,
    settings: jobSettings,
    async run(api) {
      await api.fleet.workers();
      const resources = ofTenants(api);
      const foreign = foreigner(api);
      for (const resource of resources) {
        const path = `${resource.path}/exports`;
        const item = await api.create(resource);
        const other = await createAs(api, resource, foreign);
        for (const [headers, wanted, unwanted] of [
          [api.authorization('admin'), item.id, other.id],
          [foreign, other.id, item.id],
        ] as const) {
          const ids = await exportedTo(api, resource, headers);
          expectThat(ids.includes(wanted), `the item ${wanted} in the export`, ids);
          expectThat(
            !ids.includes(unwanted),
            'no item of another tenant in the export',
            `the item ${unwanted}`,
          );
        }
        const accepted = await api.send({ method: 'POST', path, headers: api.authorization('admin') });
        expectStatus(accepted, 202);
        for (const suffix of ['', '/result'])
          expectProblem(
            await api.send({ path: `/v1/jobs/${accepted.json().id}${suffix}`, headers: foreign }),
            404,
            'not-found',
          );
        expectProblem(await api.send({ method: 'POST', path, headers: alone(api) }), 403, 'forbidden');
      }
    },
  },
];

/** The same account in every tenant, where callers are accounts. */
const subject = randomUUID();

/** @throws NotApplicable when the document marks none with `x-tenant` */
function ofTenants(api: Api): Resource[] {
  const found = api.contract.resources.filter(({ tenant }) => tenant);
  if (found.length === 0)
    throw new NotApplicable('the document has no items that belong to tenants (x-tenant)');
  return found;
}

/** An administrator of another tenant, which has nothing. */
function foreigner(api: Api): Headers {
  return api.authorization('admin', subject, `verify-${randomUUID()}`);
}

/** An administrator without a tenant. */
function alone(api: Api): Headers {
  return api.authorization('admin', randomUUID(), null);
}

/** Callers without a tenant are refused, whatever there is. */
async function expectNoUse(api: Api, resource: Resource, path: string): Promise<void> {
  const headers = alone(api);
  const places = [
    [resource.path, resource.methods.collection],
    [path, resource.methods.item],
    [resource.item(nobody), resource.methods.item],
  ] as const;
  for (const [at, methods] of places)
    for (const method of methods.filter((each) => each !== 'OPTIONS')) {
      const json = ['POST', 'PUT', 'PATCH'].includes(method) ? { json: await api.body(resource) } : {};
      const response = await api.send({ method, path: at, headers, ...json });
      if (method === 'HEAD') expectStatus(response, 403);
      else expectProblem(response, 403, 'forbidden');
    }
}
