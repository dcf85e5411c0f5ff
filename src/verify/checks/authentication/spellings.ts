import type { Api, Instance } from '../../cluster/api.js';
import { memoryOf } from '../../cluster/metrics.js';
import { expectThat } from '../../http/expectations.js';
import { Traffic } from '../../http/traffic.js';
import type { Row } from '../row.js';

const megabyte = 1024 * 1024;
/** Three quarters of the sent bytes: memory also grows without a leak, when it is released late. */
const allowed = 32 * megabyte;
/** The scheme is written in any case, and followed by any number of spaces. */
const schemes = casesOf('bearer');
const mostSpaces = 3500;
const count = 13_000;
/** Of one spelling: as many as make memory steady. */
const plain = 2000;
const atOnce = 10;

export const spellings: Row[] = [
  {
    id: 'AU8',
    group: 'authentication',
    title: 'one token in many spellings',
    expected: `each answered as the usual one, and memory that grows by less than ${allowed / megabyte} MB over ${count} of them`,
    source: 'RFC 9110, sections 11.1 and 11.4; OWASP API4:2023',
    remedy: 'Key the cache of verified tokens by a hash of the token alone, not by the header.',
    evidence: [],
    needs: ['started', 'tokens', 'management', 'resource', 'writing', 'load'],
    quick: false,
    alone: true,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      const { path } = await api.create();
      const { authorization = '' } = api.authorization('reader');
      const token = authorization.replace(/^Bearer /, '');
      const spelt = (serial: number) => {
        const spaces = mostSpaces - Math.floor(serial / schemes.length);
        return schemes[serial % schemes.length] + ' '.repeat(spaces) + token;
      };
      const read = (requests: number, header: (serial: number) => string) =>
        expectRead(api, instance, path, { requests, header });

      for (const _ of [1, 2]) await read(plain, () => spelt(0));
      const before = await memoryOf(api, instance);
      await read(count, spelt);
      // Memory that is free may be given back later.
      let growth = (await memoryOf(api, instance)) - before;
      for (let round = 0; round < 2 && growth >= allowed; round += 1) {
        await read(plain, () => spelt(0));
        growth = Math.min(growth, (await memoryOf(api, instance)) - before);
      }
      expectThat(
        growth < allowed,
        `memory to grow by less than ${allowed / megabyte} MB over ${count} spellings of one token`,
        `${Math.round(growth / megabyte)} MB more than ${Math.round(before / megabyte)} MB`,
      );
    },
  },
];

/** A word with each letter in either case: 2^length spellings. */
function casesOf(word: string): string[] {
  return [...word].reduce<string[]>(
    (begun, letter) => begun.flatMap((start) => [start + letter, start + letter.toUpperCase()]),
    [''],
  );
}

/** Reads an item many times with these Authorization headers. */
async function expectRead(
  api: Api,
  instance: Instance,
  path: string,
  { requests, header }: { requests: number; header(serial: number): string },
): Promise<void> {
  const usual = await api.send({ path, as: 'reader', to: instance.url });
  const load = new Traffic(instance);
  let serial = 0;
  const caller = async () => {
    while (serial < requests) {
      const authorization = header(serial++);
      const { status, text } = await load.send({ path, headers: { authorization } });
      expectThat(
        status === usual.status && text === usual.text,
        `the usual answer (${usual.status}) to a token after ${authorization.split(' ').length - 1} spaces`,
        `status ${status}: ${text.slice(0, 300)}`,
      );
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, caller));
  } finally {
    load.close();
  }
}
