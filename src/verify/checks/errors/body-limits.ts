import { Readable } from 'node:stream';
import type { Api } from '../../cluster/api.js';
import type { Operation } from '../../contract/contract.js';
import type { Request, Response } from '../../http/exchange.js';
import { expectProblem, expectThat } from '../../http/expectations.js';
import type { Row } from '../row.js';
import { textBody } from './body-cost.js';

const jsonType = /^application\/(.+\+)?json$/i;
const absentId = '01900000-0000-7000-8000-000000000000';

export const bodyLimits: Row[] = [
  {
    id: 'BL4',
    group: 'errors',
    title: 'the body limit of each method and media type',
    expected:
      '413 content-too-large for a body one byte over BODY_LIMIT_BYTES, declared or in chunks, for every operation and media type; a body of just that size is read',
    source: 'RFC 9110, section 15.5.14; OWASP API4:2023',
    remedy: 'Set the limit where every body is read, whatever its method and media type.',
    evidence: ['limited'],
    needs: ['started', 'resource', 'writing'],
    relies: ['BODY_LIMIT_BYTES'],
    quick: true,
    async run(api) {
      const limit = Number(api.fleet.settings.BODY_LIMIT_BYTES);
      // BL3 checks the operations with a separate limit.
      const operations = api.contract.operations.filter(({ source }) => source['x-body-limit'] === undefined);
      for (const operation of operations)
        for (const type of operation.bodyTypes.filter((name) => jsonType.test(name)))
          await expectLimit(api, operation, type, limit);
    },
  },
];

async function expectLimit(api: Api, operation: Operation, type: string, limit: number): Promise<void> {
  const path = await pathOf(api, operation);
  const send = (body: Request['body']): Promise<Response> =>
    api.send({
      method: operation.method,
      path,
      as: 'admin',
      headers: { 'content-type': type },
      body: body!,
      to: api.fleet.instances[0]!.url,
    });
  const large = textBody(limit + 1);
  const half = limit / 2;
  for (const body of [large, Readable.from([large.slice(0, half), large.slice(half)])])
    expectProblem(await send(body), 413, 'content-too-large');
  const { status } = await send(textBody(limit));
  expectThat(
    status !== 413 && status < 500,
    `a body of ${limit} bytes (${type}) to be read by ${operation.method} ${operation.path}`,
    `status ${status}`,
  );
}

/** The path of an operation: that of an existing item where it is one of a collection that can be written. */
async function pathOf(api: Api, { path }: Operation): Promise<string> {
  const resource = api.contract.resources.find(
    ({ item }) => api.contract.find('GET', item('x'))?.path === path,
  );
  return resource ? (await api.create(resource)).path : path.replace(/\{[^/]+\}/g, absentId);
}
