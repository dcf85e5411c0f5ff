import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Api } from '../../cluster/api.js';
import type { Schema } from '../../contract/contract.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectStatus,
  expectThat,
  summary,
} from '../../http/expectations.js';
import { NotApplicable, type Row } from '../row.js';
import { madeStatuses } from '../shared/items.js';
import { watchMade } from '../shared/newest.js';
import { post } from './validation.js';

const group = 'errors';
const json = { 'content-type': 'application/json' };
/** Bytes that are no UTF-8: a byte that never occurs, one that lacks another, an overlong form, a surrogate. */
const notUtf8 = ['\xff', '\xe9', '\xc0\x80', '\xed\xa0\x80'];
const logout = '/v1/auth/logout';

export const encodings: Row[] = [
  {
    id: 'MT2',
    group,
    title: 'a content type without a body',
    expected: '204 for DELETE and for a sign-out, with Content-Type: application/json and no body',
    source: 'RFC 9110, sections 8.3 and 9.3.5',
    remedy:
      'Parse a body only where there is one: by Content-Length and Transfer-Encoding, not by Content-Type.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      const isOwn = api.contract.style.problems === 'contract';
      if (!isOwn && !api.resource.methods.item.includes('DELETE'))
        throw new NotApplicable('the document has no DELETE of an item');
      if (api.resource.methods.item.includes('DELETE'))
        for (const length of [{}, { 'content-length': '0' }] as Record<string, string>[]) {
          const { path } = await api.create();
          const headers = { ...json, ...length };
          const response = await api.send({ method: 'DELETE', path, headers, as: 'admin' });
          if (isOwn) expectStatus(response, 204);
          else expectThat(response.status < 300, 'status 2xx', summary(response));
        }
      const body = api.contract.find('POST', logout)?.source.requestBody;
      if (body?.required === false)
        expectStatus(await api.send({ method: 'POST', path: logout, headers: json }), 204);
    },
  },
  {
    id: 'MT3',
    group,
    title: 'charsets and encodings of bodies',
    expected:
      '415 for another charset than UTF-8, 415 with Accept-Encoding for any content coding, 400 malformed-request for bytes that are no UTF-8; nothing stored',
    source: 'RFC 8259, section 8.1; RFC 9110, sections 8.4 and 15.5.16',
    remedy:
      'Refuse by Content-Type and Content-Encoding before the body is read, and decode it as UTF-8 that must be valid.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      if (api.contract.style.problems !== 'contract') return expectReadAsText(api);
      const made = await watchMade(api);
      const text = JSON.stringify(await api.body());
      for (const charset of ['iso-8859-1', '"ISO-8859-1"', 'utf-16', 'x-utf-8', 'utf-8-x']) {
        const headers = { 'content-type': `application/json; charset=${charset}` };
        const body = Buffer.from(await withText(api, '\xe9'), 'latin1');
        expectProblem(await post(api, { body, headers }), 415, 'unsupported-media-type');
      }
      for (const [coding, body] of [
        ['gzip', gzipSync(text)],
        ['gzip', text],
        ['br', text],
        ['identity, gzip', gzipSync(text)],
      ] as const) {
        const headers = { ...json, 'content-encoding': coding };
        const response = await post(api, { body, headers });
        expectProblem(response, 415, 'unsupported-media-type');
        expectHeader(response, 'Accept-Encoding', /^identity$/i);
      }
      for (const bytes of notUtf8) {
        const body = Buffer.from(await withText(api, bytes), 'latin1');
        expectProblem(await post(api, { body, headers: json }), 400, 'malformed-request');
      }
      expectEqual(await made(), [], 'items made by bodies that were refused:');
      for (const headers of [
        { 'content-type': 'application/json; charset=UTF-8' },
        { ...json, 'content-encoding': 'identity' },
      ])
        expectStatus(
          await post(api, { body: JSON.stringify(await api.body()), headers }),
          ...madeStatuses(api),
        );
    },
  },
];

/** Elsewhere: no server error for a body that it does not read, and nothing read that is no UTF-8 (RFC 8259, section 8.1). */
async function expectReadAsText(api: Api): Promise<void> {
  const text = JSON.stringify(await api.body());
  for (const headers of [
    { 'content-type': 'application/json; charset=utf-16' },
    { ...json, 'content-encoding': 'gzip' },
    { ...json, 'content-encoding': 'br' },
  ] as Record<string, string>[]) {
    const response = await post(api, { body: text, headers });
    expectThat(response.status < 500, `no 5xx for ${Object.values(headers).join(', ')}`, summary(response));
  }
  for (const bytes of notUtf8) {
    const body = Buffer.from(await withText(api, bytes), 'latin1');
    const response = await post(api, { body, headers: json });
    const { status } = response;
    expectThat(status < 500 && status >= 400, '4xx for bytes that are no UTF-8', summary(response));
  }
}

/** A body in JSON with that text in a field that takes it; in another member where the resource has no such field. */
async function withText(api: Api, text: string): Promise<string> {
  const properties = Object.entries((api.resource.input.properties ?? {}) as Record<string, Schema>);
  const [name] = properties.find(([, schema]) => takesText(schema)) ?? ['text'];
  return JSON.stringify({ ...(await api.body()), [name]: `${randomUUID().slice(0, 8)} ${text}` });
}

function takesText({ type, pattern = '', maxLength = 255, ...schema }: Schema): boolean {
  const free = ['enum', 'const', 'format', 'x-references'].every((keyword) => schema[keyword] === undefined);
  return (
    free && [type].flat().includes('string') && maxLength >= 20 && new RegExp(pattern, 'u').test('12345678 é')
  );
}
