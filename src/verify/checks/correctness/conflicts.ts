import { randomBytes, randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import type { Operation } from '../../contract/contract.js';
import type { Response } from '../../http/exchange.js';
import { expectThat, summary } from '../../http/expectations.js';
import { NotApplicable } from '../row.js';
import { confirmsByMail, newAccount, register, registerAgain } from '../shared/accounts.js';
import { Collection, isWritable } from './collection.js';
import type { Field } from './fields.js';
import { expectReadable } from './reading.js';

/** More than a pool usually has connections. */
const many = 25;

/**
 * Provokes conflicts: a duplicate of a unique value, a reference to no item, the deletion of a referenced item, a duplicate account.
 * @throws Mismatch unless each is refused, and nothing has changed
 * @throws NotApplicable when nothing of the API can conflict
 */
export async function expectConflicts(api: Api): Promise<void> {
  let asked = 0;
  for (const resource of api.contract.resources.filter(isWritable)) {
    const collection = await Collection.open(api, resource);
    try {
      asked += await conflictsOf(collection);
    } finally {
      await collection.close();
    }
  }
  if (confirmsByMail(api.contract) && api.fleet.mailbox) asked += await confirmTwice(api);
  const registration = registrationOf(api);
  if (registration) asked += await registerTwice(api, registration);
  if (asked === 0)
    throw new NotApplicable('no field is unique or refers to another item, and there are no accounts');
}

/** @returns the number of kinds of conflict provoked */
async function conflictsOf(collection: Collection): Promise<number> {
  const { fields, unique } = collection;
  const references = fields.filter((field) => collection.referencesOf(field).length > 0);
  const taken = fields.filter(({ name }) => unique.includes(name));
  for (const field of taken) await expectTaken(collection, field);
  for (const field of references) await expectReferred(collection, field);
  if (taken.length > 0) await expectUsable(collection, taken[0]!);
  return taken.length + references.length;
}

async function expectTaken(collection: Collection, { name }: Field): Promise<void> {
  const first = (await collection.create(await bodyWith(collection, name))).item;
  const second = (await collection.create(await bodyWith(collection, name))).item;
  const body = { ...(await collection.plainBody()), [name]: first.body[name] };
  const what = `with the "${name}" of another item`;
  expectTakenField(await collection.post(body), name, `POST ${what}`);
  for (const method of ['PUT', 'PATCH'].filter((candidate) => collection.allows(candidate))) {
    const given = method === 'PUT' ? body : { [name]: body[name] };
    expectTakenField(await collection.change(method, second.path, given), name, `${method} ${what}`);
    await expectReadable(collection, second, `${method} ${what}`);
  }
  await expectReadable(collection, first, `conflicts ${what}`);
  if (!collection.allows('DELETE')) return;
  await collection.change('DELETE', first.path, undefined);
  const again = await collection.post(body);
  expectThat(
    again.status === 201,
    `201 for POST with the "${name}" of an item that was deleted`,
    summary(again),
  );
  collection.remember(again);
}

/** A valid body in which that field has a value. */
async function bodyWith(collection: Collection, name: string): Promise<Record<string, unknown>> {
  const fields = collection.fields.filter((field) => field.required || field.name === name);
  return collection.withFresh({}, fields);
}

async function expectReferred(collection: Collection, field: Field): Promise<void> {
  const { api, resource } = collection;
  const nowhere = {
    ...(await collection.plainBody()),
    [field.name]: `01900000-0000-7000-8000-${randomUUID().slice(-12)}`,
  };
  const what = `with a "${field.name}" that does not exist`;
  expectRefused(await collection.post(nowhere), [400, 404, 409, 422], `POST ${what}`);
  const { item } = await collection.create(
    await collection.filled({ [field.name]: collection.referencesOf(field)[0] }),
  );
  if (collection.allows('PATCH')) {
    const given = { [field.name]: nowhere[field.name] };
    expectRefused(await collection.change('PATCH', item.path, given), [400, 404, 409, 422], `PATCH ${what}`);
    await expectReadable(collection, item, `PATCH ${what}`);
  }
  const target = api.contract.resources.find(({ path }) => path === field.target);
  if (!target?.methods.item.includes('DELETE') || !resource.methods.item.includes('DELETE')) return;
  const referred = target.item(String(item.body[field.name]));
  const removed = await api.send({ method: 'DELETE', path: referred, as: 'admin' });
  // Some delete what refers to it, or empty the reference.
  if (removed.status >= 300) expectRefused(removed, [409, 422], 'DELETE of an item that another refers to');
}

/** Conflicts must not use up what requests share: transactions and connections. */
async function expectUsable(collection: Collection, { name }: Field): Promise<void> {
  const { item } = await collection.create(await bodyWith(collection, name));
  const body = { ...(await collection.plainBody()), [name]: item.body[name] };
  const responses = await Promise.all(Array.from({ length: many }, () => collection.post(body)));
  for (const response of responses) expectRefused(response, [409], `POST with the "${name}" of another item`);
  await collection.create(await collection.plainBody());
}

/** The operation that makes an account, by what its body has. */
function registrationOf({ contract }: Api): Operation | undefined {
  return contract.operations.find(({ method, path, closed, source }) => {
    const schema = source.requestBody?.content?.['application/json']?.schema;
    const names = Object.keys(schema?.properties ?? {});
    return (
      method === 'POST' &&
      !closed &&
      source.responses?.['409'] !== undefined &&
      /\/(register|sign-?up|accounts|users)$/.test(path) &&
      names.includes('email') &&
      names.includes('password')
    );
  });
}

async function registerTwice(api: Api, { path }: Operation): Promise<number> {
  const email = `verify-${randomUUID()}@example.com`;
  const json = { email, password: randomBytes(24).toString('base64url') };
  const register = () => api.send({ method: 'POST', path, json });
  const first = await register();
  expectThat(first.status >= 200 && first.status < 300, `2xx for POST ${path}`, summary(first));
  expectTakenField(await register(), 'email', `POST ${path} with the e-mail address of another account`);
  return 1;
}

/** The token of a mail makes one account. */
async function confirmTwice(api: Api): Promise<number> {
  const account = newAccount();
  const first = await register(api, account);
  expectThat(first.status === 201, '201 for the token of a mail', summary(first));
  const again = await registerAgain(api, account);
  expectRefused(again, [409], 'a token whose account exists');
  return 1;
}

function expectRefused(response: Response, statuses: number[], what: string): void {
  expectThat(
    statuses.includes(response.status),
    `status ${statuses.join(' or ')} for ${what}`,
    summary(response),
  );
}

/** A client that shows the answer beside a form has to know which field it belongs to. */
function expectTakenField(response: Response, name: string, what: string): void {
  expectRefused(response, [409], what);
  const { errors = [] }: { errors?: { pointer?: string; code?: string }[] } = response.json();
  expectThat(
    errors.some(({ pointer, code }) => pointer === `#/${name}` && code === 'taken'),
    `errors with the pointer "#/${name}" and the code "taken" for ${what}`,
    summary(response),
  );
}
