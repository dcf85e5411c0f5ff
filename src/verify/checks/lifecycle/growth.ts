import { randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import type { Api, Instance } from '../../cluster/api.js';
import { memoryOf, metricsOf, sumOf } from '../../cluster/metrics.js';
import { expectThat } from '../../http/expectations.js';
import { Traffic, type TrafficRequest } from '../../http/traffic.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';

/** Requests of a round; memory is looked at after each. */
const perRound = 1000;
const warmUp = 2;
/** Rounds that are enough when memory does not grow in them, and the most that are made when it does. */
const [least, most] = [2, 20];
/** Rounds in which a runtime that collects its garbage late has done so. */
const span = 4;
const atOnce = 16;
/** Growth for each request: allocators and caches with a bound have more of it at first. */
const allowedBytes = 2048;
const kilobyte = 1024;
/** More than open files may differ by from one moment to another. */
const fileSlack = 40;
/** Most requests are those of one caller: signing takes time. */
const newCallerEvery = 10;
const settleMs = 300;

export const growth: Row[] = [
  {
    id: 'GR1',
    group: 'lifecycle',
    title: 'nothing is kept of requests',
    expected: `memory grows by less than ${allowedBytes / kilobyte} KB for each request, over thousands of different ones after a warm-up (up to ${perRound * (warmUp + most)}); open files and connections stay the same, and every key in the shared cache expires`,
    source: 'OWASP API4:2023',
    remedy:
      'Bound every map and list that lives longer than a request, and remove listeners and timers at its end.',
    evidence: ['loaded', 'stateless'],
    needs: ['started', 'management', 'resource', 'writing', 'load'],
    relies: ['DB_POOL_MAX'],
    quick: false,
    alone: true,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      const { path } = await api.create();
      const shared = api.authorization('editor');
      const load = new Traffic(instance);
      try {
        const send = () => sendRound(load, (serial) => aim(api, serial, path, shared));
        for (let round = 0; round < warmUp; round += 1) await send();
        const before = await stateOf(api, instance);
        const memory = [before.memory];
        while (memory.length <= least || (growthOf(memory) >= allowedBytes && memory.length <= most)) {
          await send();
          memory.push((await stateOf(api, instance)).memory);
        }
        expectThat(
          growthOf(memory) < allowedBytes,
          `memory to grow by less than ${allowedBytes / kilobyte} KB for each request`,
          `${(growthOf(memory) / kilobyte).toFixed(1)} KB for each; MB after each ${perRound}: ${memory.map((bytes) => Math.round(bytes / kilobyte ** 2)).join(', ')}`,
        );
        await expectSameState(api, instance, before);
      } finally {
        load.close();
      }
    },
  },
];

/**
 * How much memory has grown for each request, in bytes. At first that of all rounds counts; when there are more, the
 * least of the last ones against the least of those before, as garbage is memory too until it is collected.
 */
function growthOf(memory: readonly number[]): number {
  if (memory.length === least + 1) return (memory[least]! - memory[0]!) / (least * perRound);
  if (memory.length < 2 * span) return Number.POSITIVE_INFINITY;
  const [before, last] = [memory.slice(-2 * span, -span), memory.slice(-span)];
  return (Math.min(...last) - Math.min(...before)) / (span * perRound);
}

/** Memory and open files of a process. */
interface State {
  memory: number;
  /** Open files and sockets; undefined where the system does not say. */
  files: number | undefined;
  /** Connections of all instances to the database. */
  connections: number | undefined;
}

async function stateOf(api: Api, instance: Instance): Promise<State> {
  await pause(settleMs);
  return {
    memory: await memoryOf(api, instance),
    files: await openFilesOf(api, instance),
    connections: api.fleet.hasDatabase ? api.fleet.database.connections : undefined,
  };
}

/** From the system if possible, else from the metric of the process. */
async function openFilesOf(api: Api, instance: Instance): Promise<number | undefined> {
  try {
    return fs.readdirSync(`/proc/${instance.pid}/fd`).length;
  } catch {
    return sumOf(await metricsOf(api, instance), 'process_open_fds');
  }
}

async function expectSameState(api: Api, instance: Instance, before: State): Promise<void> {
  const { files, connections } = await stateOf(api, instance);
  if (files !== undefined && before.files !== undefined)
    expectThat(files <= before.files + fileSlack, `about ${before.files} open files, as before`, files);
  if (connections !== undefined) {
    const size = Number(api.fleet.settings.DB_POOL_MAX) * api.fleet.instances.length;
    expectThat(connections <= size, `at most ${size} connections to the database`, connections);
  }
  if (!api.fleet.hasStore) return;
  const lasting = (await api.fleet.storedKeys()).filter(({ ttlMs }) => ttlMs === undefined);
  expectThat(
    lasting.length === 0,
    'keys that expire in the shared cache',
    `${lasting.length} that do not, as ${lasting[0]?.name}`,
  );
}

/** Sends a round of different requests, some at once. */
async function sendRound(load: Traffic, next: (serial: number) => TrafficRequest): Promise<void> {
  let sent = 0;
  let lost = 0;
  const caller = async () => {
    while (sent < perRound) {
      const { status } = await load.send(next(sent++));
      if (status === 0) lost += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  expectThat(lost < perRound / 10, 'answers', `${lost} of ${perRound} requests without one`);
}

/**
 * A unique request: different ids, names, values, tokens and headers each time.
 * @param shared the Authorization header of most of them, empty without accounts
 */
function aim(api: Api, serial: number, itemPath: string, shared: Record<string, string>): TrafficRequest {
  const word = randomBytes(8).toString('hex');
  const kinds = kindsOf(api.resource.path, itemPath, api.resource.item(randomUUID()), word);
  const kind = kinds[serial % kinds.length]!;
  const isNew = Math.floor(serial / kinds.length) % newCallerEvery === 0;
  const caller = isNew ? api.authorization('editor', randomUUID()) : shared;
  return { ...kind, headers: { ...caller, ...kind.headers } };
}

function kindsOf(list: string, item: string, absent: string, word: string): TrafficRequest[] {
  const json = { 'content-type': 'application/json' };
  const traceparent = `00-${word}${word}-${word}-01`;
  return [
    { path: item, headers: { 'if-none-match': `"${word}"`, 'x-request-id': word } },
    { path: absent, headers: { traceparent } },
    { path: `${list}?limit=1`, headers: { origin: `https://${word}.example`, 'user-agent': word } },
    { path: `${list}?limit=${word}`, headers: { cookie: `${word}=${word}` } },
    { path: `${item}?${word}=${word}`, headers: { 'x-forwarded-for': word } },
    { path: `/v1/${word}` },
    { path: item, headers: { authorization: `Bearer ${word}.${word}.${word}` } },
    { path: list, method: 'POST', headers: json, body: `{"${word}":0}` },
    { path: list, method: 'POST', headers: { 'content-type': `text/${word}` }, body: word },
    { path: item, method: 'PUT', headers: { ...json, 'if-match': `"${word}"` }, body: '{}' },
  ];
}
