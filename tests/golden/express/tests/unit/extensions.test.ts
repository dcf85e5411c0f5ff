import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { requireKnownExtensions } from '../../src/extensions.js';
import { policies } from '../../src/limits/policies.js';

const limits = { RATE_LIMIT_DEFAULT: 100, RATE_LIMIT_WRITE: 10, RATE_LIMIT_WINDOW_S: 60 };
const signedIn = [{ bearer: [] }];

function check(operation: object, item: object = {}): void {
  const post = { operationId: 'createThing', security: signedIn, ...operation };
  requireKnownExtensions({ paths: { '/v1/things': { ...item, post } } }, Object.keys(policies(limits)));
}

it('takes openapi.yaml as it stands', () => {
  const document = parse(readFileSync('openapi.yaml', 'utf8'));
  expect(() => requireKnownExtensions(document, Object.keys(policies(limits)))).not.toThrow();
});

it.each([
  [
    { 'x-rate-limit': 'wirte' },
    'POST /v1/things: x-rate-limit "wirte" must be one of .*; did you mean write',
  ],
  [{ 'x-required-role': 'edtior' }, 'x-required-role "edtior" must be one of .*; did you mean editor'],
  [{ 'x-reqiured-role': 'editor' }, 'x-reqiured-role must be one of .*; did you mean x-required-role'],
  [{ 'x-role': 'editor' }, 'x-role must be one of x-rate-limit, x-required-role'],
  [{ 'x-body-limit': '4 kB' }, 'x-body-limit "4 kB" must be a number of bytes'],
  [{ 'x-sunset': 'soon' }, 'x-sunset "soon" must be a date'],
  [{ 'x-required-role': 'editor', security: [] }, 'x-required-role needs a `security`'],
  [{ 'x-required-role': 'editor', security: [{}, ...signedIn] }, 'x-required-role needs a `security`'],
])('refuses %j with the word that was meant', (operation, message) => {
  expect(() => check(operation)).toThrow(new RegExp(message));
});

it('refuses words of an operation at its path', () => {
  expect(() => check({}, { 'x-rate-limit': 'none' })).toThrow(
    '/v1/things: x-rate-limit belongs to an operation',
  );
});
