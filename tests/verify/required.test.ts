import { describe, expect, it } from 'vitest';
import { Contract } from '../../src/verify/contract/contract.js';
import { completed } from '../../src/verify/contract/required.js';

const json = { schema: { type: 'object' } };

/** The contract of an API with that operation at `/pets`. */
function contractOf(operation: object, values: Record<string, unknown> = {}, method = 'get'): Contract {
  const document = { openapi: '3.1.0', paths: { '/pets': { [method]: operation } } };
  return new Contract(JSON.stringify(document), undefined, { names: {}, values, tables: {} });
}

const query = (name: string, more: object) => ({ name, in: 'query', required: true, ...more });
const header = (name: string, more: object) => ({ name, in: 'header', required: true, ...more });

describe('required parameters', () => {
  it.each([
    ['its example', query('a', { example: 'x y', schema: { type: 'string' } }), 'a=x%20y'],
    ['the first of its examples', query('a', { examples: { one: { value: 1 } }, schema: {} }), 'a=1'],
    ['the example of its schema', query('a', { schema: { type: 'string', examples: ['z'] } }), 'a=z'],
    ['its default', query('a', { schema: { type: 'integer', default: 7 } }), 'a=7'],
    ['a value of its enumeration', query('a', { schema: { enum: ['only'] } }), 'a=only'],
    ['a value of its type', query('a', { schema: { type: 'integer', minimum: 3, maximum: 3 } }), 'a=3'],
    ['a list', query('a', { example: [1, 2], schema: { type: 'array' } }), 'a=1&a=2'],
    ['a list in one', query('a', { example: [1, 2], explode: false }), 'a=1%2C2'],
    ['an object', query('a', { example: { b: 1 }, style: 'deepObject' }), 'a%5Bb%5D=1'],
    ['what its owner said', query('tenant', { example: 'x' }), 'tenant=acme'],
  ])('have %s', async (_, parameter, wanted) => {
    const contract = contractOf({ parameters: [parameter] }, { tenant: 'acme' });
    expect((await completed(contract, { path: '/pets' })).path).toBe(`/pets?${wanted}`);
    expect((await completed(contract, { path: '/pets?b=1' })).path).toBe(`/pets?b=1&${wanted}`);
  });

  it('stay as a request has them, and those that are not required are left out', async () => {
    const parameters = [
      query('a', { example: 1 }),
      header('X-Tenant', { example: 't' }),
      header('X-Key', { example: 'k' }),
      header('Accept', { example: 'text/html' }),
      { name: 'b', in: 'query', example: 2 },
    ];
    const request = { path: '/pets?a=9', headers: { 'x-tenant': 'mine' } };
    expect(await completed(contractOf({ parameters }), request, ['x-key'])).toEqual(request);
    expect((await completed(contractOf({ parameters }), { path: '/pets', headers: {} })).headers).toEqual({
      'X-Tenant': 't',
      'X-Key': 'k',
    });
  });
});

describe('media types', () => {
  const versioned = { 'application/vnd.pets.v2+json': json };
  const operation = { requestBody: { content: versioned }, responses: { 201: { content: versioned } } };
  const request = (type: string) => ({ method: 'POST', path: '/pets', headers: { 'content-type': type } });
  const headersOf = async (of: object, type: string) =>
    (await completed(contractOf(of, {}, 'post'), request(type))).headers;

  it('are those of the document', async () => {
    expect(await headersOf(operation, 'application/json; charset=utf-8')).toEqual({
      'content-type': 'application/vnd.pets.v2+json; charset=utf-8',
      accept: 'application/vnd.pets.v2+json',
    });
    expect(await headersOf(operation, 'text/plain')).toMatchObject({ 'content-type': 'text/plain' });
  });

  it.each(['application/json', '*/*', 'application/*'])('stay where it takes %s', async (type) => {
    const content = { ...versioned, [type]: json };
    const both = { requestBody: { content }, responses: { 200: { content } } };
    expect(await headersOf(both, 'application/json')).toEqual({ 'content-type': 'application/json' });
  });

  it.each([
    ['*/*', 'application/json', []],
    ['application/*', 'application/problem+json', []],
    ['application/vnd.x+json; version=2', 'application/vnd.x+json;version="2"', []],
    ['application/vnd.x+json;version=2', 'application/vnd.x+json', []],
    ['application/json', 'text/html', ['GET /pets 200: a documented media type (application/json)']],
  ])('of the document may be ranges and have parameters: %s for %s', (key, type, wanted) => {
    const contract = contractOf({ responses: { 200: { content: { [key]: json } } } });
    const response = { status: 200, headers: { 'content-type': type }, text: '{}' };
    const exchange = { method: 'GET', url: 'http://api/pets', response } as never;
    expect(contract.deviations(exchange).map(({ expected }) => expected)).toEqual(wanted);
  });
});
