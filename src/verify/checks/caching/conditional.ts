import type { Api } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import {
  expectEqual,
  expectHeader,
  expectProblem,
  expectStatus,
  expectThat,
} from '../../http/expectations.js';
import { NotApplicable, type Row } from '../row.js';
import { absentItem } from '../shared/items.js';

const group = 'caching';
const strongTag = /^"[\x21\x23-\x7e]+"$/;
const mergePatch = { 'content-type': 'application/merge-patch+json' };
const races = 5;

export const conditional: Row[] = [
  {
    id: 'ET1',
    group,
    title: 'the version of an item as a strong entity tag',
    expected: 'a strong ETag, the same from every instance, until the item changes',
    source: 'RFC 9110, section 8.8.3',
    remedy:
      'Make the tag from the version that the row holds, not from the process, the time or the bytes sent.',
    evidence: ['cached', 'balanced'],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      const { path, etag: made } = await api.create();
      const isOwn = api.contract.style.ownLists;
      const { etag = '' } = isOwn ? { etag: made } : (await read(api, path)).headers;
      if (!isOwn && etag === '') throw new NotApplicable('answers have no ETag');
      const tag = isOwn ? strongTag : /^(W\/)?"[\x21\x23-\x7e]*"$/;
      expectThat(tag.test(etag), 'a strong ETag in the answer to POST', etag || 'none');
      // One after another, a balancer gives them to different instances.
      for (let turn = 0; turn < 4; turn += 1)
        expectEqual(expectHeader(await read(api, path), 'ETag', tag), etag, 'the ETag on every instance');
      for (const method of changesOf(api).filter((name) => name !== 'DELETE')) {
        const before = (await read(api, path)).headers.etag;
        const changed = await change(api, method, path);
        expectChanged(changed);
        const after = isOwn
          ? expectHeader(changed, 'ETag', strongTag)
          : expectHeader(await read(api, path), 'ETag', tag);
        expectThat(after !== before, `another ETag after ${method}`, after);
      }
    },
  },
  {
    id: 'ET2',
    group,
    title: 'a current copy of the client is not sent again',
    expected:
      '304 without a body, with ETag, Cache-Control and Vary, for If-None-Match with the tag, weak, in a list, or *',
    source: 'RFC 9110, sections 13.1.2 and 15.4.5',
    remedy: 'Compare weakly, take lists and *, and send the headers that the 200 would have.',
    evidence: ['cached'],
    needs: ['resource', 'writing'],
    quick: true,
    async run(api) {
      const { path, etag: made } = await api.create();
      const full = await read(api, path);
      const isOwn = api.contract.style.ownLists;
      const etag = isOwn ? made : (full.headers.etag ?? '').replace(/^W\//, '');
      if (!isOwn && etag === '') throw new NotApplicable('answers have no ETag');
      for (const given of [etag, `W/${etag}`, `"another", W/"one", ${etag}`, '*'])
        for (const method of ['GET', 'HEAD']) {
          const headers = { 'if-none-match': given };
          const response = await api.send({ method, path, headers, as: 'reader' });
          expectStatus(response, 304);
          expectEqual(response.text, '', 'the body of 304');
          for (const name of ['ETag', 'Cache-Control', 'Vary'])
            if (isOwn || full.headers[name.toLowerCase()] !== undefined)
              expectEqual(
                expectHeader(response, name),
                full.headers[name.toLowerCase()],
                `${name} as of 200:`,
              );
        }
      for (const given of [
        '"another"',
        `W/"another", "${etag.slice(1, -1)}0"`,
        ...(isOwn ? [etag.slice(1, -1)] : []),
      ]) {
        const response = await api.send({ path, headers: { 'if-none-match': given }, as: 'reader' });
        expectStatus(response, 200);
        expectEqual(response.text, full.text, `the body for If-None-Match: ${given}`);
      }
      const absent = absentItem(api);
      const missing = await api.send({ path: absent, headers: { 'if-none-match': '*' }, as: 'reader' });
      expectProblem(missing, 404, 'not-found');
    },
  },
  {
    id: 'ET3',
    group,
    title: 'a change of a version that is not the current one',
    expected:
      '412 and nothing changed; of several changes at once with one tag, one is made and the others are 412',
    source: 'RFC 9110, sections 13.1.1 and 15.5.13',
    remedy:
      'Put the version into the condition of the UPDATE and DELETE statements, and look at the number of rows.',
    evidence: ['balanced'],
    needs: ['resource', 'writing', 'conditions'],
    quick: false,
    async run(api) {
      const isOwn = api.contract.style.ownLists;
      for (const method of changesOf(api)) {
        const { path, etag: made } = await api.create();
        const stale = isOwn ? made : expectHeader(await read(api, path), 'ETag');
        const updated = await change(api, changesOf(api)[0]!, path, stale);
        expectChanged(updated);
        const current = expectHeader(isOwn ? updated : await read(api, path), 'ETag');
        for (const given of [stale, '"another"', `W/${current}`, `"another", ${stale}`])
          expectProblem(await change(api, method, path, given), 412, 'precondition-failed');
        const { text, headers } = await read(api, path);
        expectEqual(headers.etag, current, `after ${method} with 412 the ETag of the item`);
        if (updated.text !== '')
          expectEqual(JSON.parse(text), updated.json(), `after ${method} with 412 the item`);
        const accepted = await change(api, method, path, `"another", ${current}`);
        expectChanged(accepted);
        if (method !== 'DELETE') expectChanged(await change(api, method, path, '*'));
      }
      const method = changesOf(api).includes('PATCH') ? 'PATCH' : 'PUT';
      for (let race = 1; race <= races; race += 1) await expectOneWinner(api, method);
    },
  },
  {
    id: 'ET4',
    group,
    title: 'a change only where there is no such version',
    expected:
      '412 and nothing changed for If-None-Match with * or the tag, also weak or in a list; done with another tag',
    source: 'RFC 9110, sections 13.1.2 and 13.2.2',
    remedy: 'Evaluate If-None-Match before PUT, PATCH and DELETE too, and answer 412 where it is false.',
    evidence: [],
    needs: ['resource', 'writing', 'conditions'],
    quick: true,
    async run(api) {
      for (const method of changesOf(api)) {
        const { path } = await api.create();
        const before = await read(api, path);
        const etag = expectHeader(before, 'ETag');
        for (const given of ['*', etag, `W/${etag}`, `"another", ${etag}`])
          expectProblem(
            await change(api, method, path, { 'if-none-match': given }),
            412,
            'precondition-failed',
          );
        const after = await read(api, path);
        expectEqual(
          [after.headers.etag, after.json()],
          [etag, before.json()],
          `after ${method} with 412 the item`,
        );
        const accepted = await change(api, method, path, { 'if-none-match': '"another"' });
        expectChanged(accepted);
      }
    },
  },
];

/** Methods that change an item. */
function changesOf(api: Api): string[] {
  return ['PUT', 'PATCH', 'DELETE'].filter((method) => api.resource.methods.item.includes(method));
}

/** @param given condition; default: none; a tag is one of If-Match */
async function change(
  api: Api,
  method: string,
  path: string,
  given: string | Record<string, string> = {},
): Promise<Response> {
  const json = method === 'DELETE' ? undefined : await api.body();
  const condition = typeof given === 'string' ? { 'if-match': given } : given;
  const types = api.contract.find(method, api.resource.item('0'))?.bodyTypes ?? [];
  const merging = types.length === 0 || types.includes(mergePatch['content-type']) ? mergePatch : {};
  const headers = method === 'PATCH' ? { ...merging, ...condition } : condition;
  return api.send({ method, path, json, headers, as: 'admin' });
}

/** 200 with the item, or 204. */
function expectChanged(response: Response): void {
  expectStatus(response, 200, 204);
}

async function read(api: Api, path: string): Promise<Response> {
  const response = await api.send({ path, as: 'reader' });
  expectStatus(response, 200);
  return response;
}

async function expectOneWinner(api: Api, method: string): Promise<void> {
  const { path, etag: made } = await api.create();
  const isOwn = api.contract.style.ownLists;
  const etag = isOwn ? made : expectHeader(await read(api, path), 'ETag');
  const responses = await Promise.all(Array.from({ length: 6 }, () => change(api, method, path, etag)));
  const won = responses.filter(({ status }) => status < 300);
  const statuses = responses.map(({ status }) => (status === 204 ? 200 : status)).sort();
  expectEqual(
    statuses,
    [200, 412, 412, 412, 412, 412],
    `${method} six times at once with one tag: the statuses`,
  );
  const now = await api.send({ path, as: 'reader', headers: { 'cache-control': 'no-cache' } });
  if (won[0]!.text !== '')
    expectEqual(now.json(), won[0]!.json(), `the item after ${method} at once, as the one that was accepted`);
}
