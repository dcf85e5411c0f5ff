import { randomUUID } from 'node:crypto';
import type { Api } from '../../cluster/api.js';
import { valueFor, wrongValueFor } from '../../contract/bodies.js';
import type { Operation, Schema } from '../../contract/contract.js';
import { expectNamed, expectProblem, expectThat } from '../../http/expectations.js';
import { NotApplicable, type Row } from '../row.js';

const group = 'errors';

export const validation: Row[] = [
  {
    id: 'VA1',
    group,
    title: 'malformed JSON',
    expected: '400 malformed-request',
    source: 'RFC 9110, section 15.5.1',
    remedy: 'Distinguish a body that cannot be parsed (400) from one that violates the schema (422).',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      for (const body of ['{"a": ', '{"a": 1,}', 'null x', ''])
        expectProblem(
          await post(api, { body, headers: { 'content-type': 'application/json' } }),
          400,
          'malformed-request',
        );
    },
  },
  {
    id: 'VA2',
    group,
    title: 'all errors of a body at once',
    expected:
      '422 validation-failed with a pointer, code and detail for each, and without the rejected values',
    source: 'RFC 9110, section 15.5.21; RFC 6901',
    remedy: 'Let the validator collect all errors, and build `errors` from its paths and keywords.',
    evidence: [],
    needs: ['resource', 'writing', 'fieldErrors'],
    quick: true,
    async run(api) {
      const names = propertiesOf(api)
        .map(([name]) => name)
        .slice(0, 2);
      const marker = 424_242_424_242;
      const serial = randomUUID();
      const wrong = Object.fromEntries(names.map((name) => [name, { marker }]));
      const body = { ...(await api.body()), ...wrong, [`a/b~${serial}`]: 1 };
      const response = await post(api, { json: body });
      const problem = expectProblem(response, 422, 'validation-failed');
      if (api.contract.style.problems !== 'contract') {
        if (!api.contract.style.namesFields.includes(response.status))
          throw new NotApplicable(`the document does not say that ${response.status} names fields`);
        for (const name of names) expectNamed(response, 'pointer', name);
        return;
      }
      const pointers = (problem.errors ?? []).map((error: { pointer?: string }) => error.pointer);
      // A slash and a tilde are written in another way (RFC 6901, section 3).
      for (const name of [...names, `a~1b~0${serial}`])
        expectThat(pointers.includes(`#/${name}`), `an error with the pointer "#/${name}"`, response.text);
      for (const error of problem.errors)
        expectThat(
          typeof error.code === 'string' && typeof error.detail === 'string',
          'a code and a detail for each error',
          JSON.stringify(error),
        );
      expectThat(!response.text.includes(String(marker)), 'rejected values not to be echoed', response.text);
    },
  },
  {
    id: 'VA3',
    group,
    title: 'a bad query parameter',
    expected: '400 invalid-parameter that names the parameter',
    source: 'RFC 9110, section 15.5.1',
    remedy: 'Validate the query against the contract, unknown parameters included.',
    evidence: [],
    needs: ['resource'],
    quick: true,
    async run(api) {
      const { names, limit, sorts, path } = api.resource;
      // Elsewhere, parameters that the document does not have may be ignored, as many are.
      const isOwn = api.contract.style.problems === 'contract';
      const wrong: [name: string | undefined, value: string, described: boolean][] = [
        [names.limit, 'abc', limit.type === 'integer'],
        [names.sort, 'no-such-field', sorts.length > 0],
        ['no_such_parameter', '1', isOwn],
      ];
      const asked = wrong.filter(([name, , described]) => name !== undefined && (described || isOwn));
      if (asked.length === 0)
        throw new NotApplicable('the document describes no parameter of a list whose values can be wrong');
      for (const [name, value] of asked) {
        const response = await api.send({ path: `${path}?${name}=${value}`, as: 'reader' });
        expectProblem(response, 400, 'invalid-parameter');
        expectNamed(response, 'parameter', name!);
      }
    },
  },
  {
    id: 'VA4',
    group,
    title: 'a body has only the properties of the schema, with their types',
    expected: '422 for an unknown property and for a value of another type; `__proto__` is never applied',
    source: 'OWASP API3:2023 (mass assignment)',
    remedy: 'Set additionalProperties to false, turn coercion off for bodies, and refuse system fields.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      const good = await api.body();
      if (api.contract.style.problems !== 'contract') {
        // Types are asked by MO3.
        if (api.resource.input.additionalProperties === false)
          expectProblem(await post(api, { json: { ...good, unknownProperty: 1 } }), 422, 'validation-failed');
        await expectUnpolluted(api, good);
        return;
      }
      for (const extra of [
        { unknownProperty: 1 },
        { id: '01900000-0000-7000-8000-000000000000' },
        { version: 7 },
      ])
        expectProblem(await post(api, { json: { ...good, ...extra } }), 422, 'validation-failed');
      for (const [name, schema] of propertiesOf(api))
        expectProblem(
          await post(api, { json: { ...good, [name]: wrongValueFor(schema) } }),
          422,
          'validation-failed',
        );
      for (const operation of withBody(api)) await expectUnknownRefused(api, operation);
      await expectUnpolluted(api, good);
    },
  },
  {
    id: 'VA5',
    group,
    title: 'an identifier that can be none',
    expected: '404 not-found, without asking the database in vain',
    source: 'RFC 9110, section 15.5.5',
    remedy:
      'Check the form of the identifier before the query: the database would refuse it with its own error.',
    evidence: [],
    needs: ['resource'],
    quick: true,
    async run(api) {
      const isOwn = api.contract.style.problems === 'contract';
      for (const id of [
        'no-uuid',
        '1',
        "1' or '1'='1",
        '00000000-0000-0000-0000-00000000000Z',
        'a'.repeat(2000),
        '%00',
      ]) {
        const path = api.resource
          .item('verify-id')
          .replace('verify-id', id === '%00' ? id : encodeURIComponent(id));
        const response = await api.send({ path, as: 'reader' });
        if (isOwn) expectProblem(response, 404, 'not-found');
        // An item may have the id 1.
        else if (id !== '1')
          expectThat(
            response.status >= 400 && response.status < 500,
            `404, or another 4xx, for the id ${id.slice(0, 40)}`,
            `status ${response.status}`,
          );
      }
    },
  },
  {
    id: 'VA6',
    group,
    title: 'a body without one of its members, or with null or another type in it',
    expected: '4xx, or 2xx where the document allows it; never 5xx',
    source: 'RFC 9110, sections 15.5.21 and 15.6.1; OWASP ASVS V2.2.1',
    remedy: 'Require in the document what the code relies on, and validate each body against it.',
    evidence: [],
    needs: ['started', 'writing'],
    quick: true,
    async run(api) {
      for (const operation of withBody(api))
        for (const body of await incompleteBodies(api, operation)) {
          const { method, path, closed } = operation;
          const caller = closed ? { as: 'admin' as const } : {};
          const { status } = await api.send({ method, path, ...caller, json: body });
          expectThat(status < 500, `${method} ${path} to answer 2xx or 4xx`, `status ${status}`);
        }
    },
  },
];

/** Members with which a body can reach the prototype of all objects. */
async function expectUnpolluted(api: Api, good: Record<string, unknown>): Promise<void> {
  const isOwn = api.contract.style.problems === 'contract';
  for (const member of [
    '"__proto__": {"polluted": 1}',
    '"constructor": {"prototype": {"polluted": 1}}',
    // A name that has no form in UTF-8.
    '"\\ud800": {"polluted": 1}',
  ]) {
    const body = JSON.stringify(good).replace('{', `{${member},`);
    const response = await post(api, { body, headers: { 'content-type': 'application/json' } });
    expectThat(
      response.status < 500 && (response.status >= 400 || !isOwn),
      'a status 4xx',
      `status ${response.status} for ${member}`,
    );
  }
  // Elsewhere members beyond the schema may be kept, but not in an item that came without them.
  const after = isOwn
    ? await api.send({ path: api.resource.path, as: 'reader' })
    : await post(api, { json: await api.body() });
  expectThat(
    !after.text.includes('polluted'),
    'answers without the polluting member',
    after.text.slice(0, 300),
  );
}

/** A body with what is required, then with each member of it left out in turn, then null, then of another type. */
async function incompleteBodies(api: Api, operation: Operation): Promise<Record<string, unknown>[]> {
  const whole = await wholeBody(api, operation);
  const incomplete = Object.keys(whole).flatMap((name) => {
    const { [name]: value, ...others } = whole;
    return [
      others,
      { ...others, [name]: null },
      { ...others, [name]: typeof value === 'string' ? 5 : 'text' },
    ];
  });
  return [whole, ...incomplete];
}

async function wholeBody(api: Api, { source }: Operation): Promise<Record<string, unknown>> {
  const { schema } = source.requestBody.content['application/json'];
  const idIn = async (collection: string) =>
    (await api.create(api.contract.resources.find((resource) => resource.path === collection))).id;
  return (await valueFor(schema, Date.now() % 1_000_000, idIn)) as Record<string, unknown>;
}

/** Operations on a fixed path that take JSON. */
function withBody({ contract }: Api): Operation[] {
  return contract.operations.filter(
    ({ path, source }) => !path.includes('{') && source.requestBody?.content?.['application/json'],
  );
}

/** In a body that is right but for it, and in one that lacks everything else. */
async function expectUnknownRefused(api: Api, operation: Operation): Promise<void> {
  const { method, path, closed } = operation;
  const caller = closed ? { as: 'admin' as const } : {};
  const whole = await wholeBody(api, operation);
  for (const others of [{}, whole]) {
    const response = await api.send({ method, path, ...caller, json: { ...others, unknownProperty: 1 } });
    const { errors } = expectProblem(response, 422, 'validation-failed');
    expectThat(
      errors?.some(({ pointer }: { pointer?: string }) => pointer === '#/unknownProperty'),
      `an error with the pointer "#/unknownProperty" for ${method} ${path}`,
      response.text,
    );
  }
}

/** Sends a body to the resource. */
export function post(api: Api, request: Omit<Parameters<Api['send']>[0], 'path'>) {
  return api.send({ method: 'POST', path: api.resource.path, as: 'editor', ...request });
}

function propertiesOf(api: Api): [string, Schema][] {
  return Object.entries((api.resource.input.properties ?? {}) as Record<string, Schema>);
}
