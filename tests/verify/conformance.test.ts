import { expect, test } from 'vitest';
import { Contract } from '../../src/verify/contract/contract.js';

const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const error = json({ type: 'object', required: ['error'] });

/** Deviations of an answer to `GET /pets` of an API whose responses the document has so. */
function judge(responses: object, status: number, body: unknown, type = 'application/json'): string[] {
  const document = { openapi: '3.1.0', paths: { '/pets': { get: { responses } } } };
  const response = { status, headers: { 'content-type': type }, text: JSON.stringify(body) };
  const exchange = { method: 'GET', url: 'http://api/pets', response };
  return new Contract(JSON.stringify(document)).deviations(exchange as never).map(({ expected }) => expected);
}

test.each(['5XX', '5xx', 'default'])(
  'a status may be described by its class or by what is left: %s',
  (key) => {
    expect(judge({ [key]: error }, 500, { error: 'no' })).toEqual([]);
    expect(judge({ [key]: error }, 500, { message: 'no' })).toEqual([
      'GET /pets 500: a body that fits its schema',
    ]);
  },
);

test.each(['4XX', 'default'])(
  'what the server in front of the code answers need not be as %s says',
  (key) => {
    for (const status of [405, 413, 415, 431])
      expect(judge({ [key]: error }, status, 'Not Acceptable', 'text/plain')).toEqual([]);
    // It is held to what the document has for the status itself.
    expect(judge({ [key]: error, 415: error }, 415, 'no', 'text/plain')).toEqual([
      'GET /pets 415: a documented media type (application/json)',
    ]);
    expect(judge({ [key]: error }, 404, 'no', 'text/plain')).toEqual([
      'GET /pets 404: a documented media type (application/json)',
    ]);
  },
);

test('a status that nothing describes is told', () => {
  expect(judge({ 200: {} }, 404, {})).toEqual(['GET /pets: one of the documented statuses 200']);
});
