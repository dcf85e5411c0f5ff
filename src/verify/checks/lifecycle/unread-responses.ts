import type { Api, Connection, Fleet, Instance, Server } from '../../cluster/api.js';
import type { Schema } from '../../contract/contract.js';
import { expectStatus, expectThat } from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';
import { NotApplicable, type Row } from '../row.js';
import { shortLives } from '../shared/shared-settings.js';
import { patiently } from '../shared/small-limits.js';
import { expectEnd } from './draining.js';
import { watchIdleConnections } from './idle-connections.js';

const group = 'lifecycle';
const clientsOfPages = 6;
const clientsOfDocuments = 58;
/** Few enough that SIGTERM comes long before the first connection times out. */
const clientsAtTheEnd = 6;
const clients = clientsOfPages + clientsOfDocuments;
/** More than the socket buffers of a connection. */
const enoughBytes = 8_000_000;
const mostRequests = 50;
const items = 100;
/** Four bytes, so that a page is large for the characters that a field may have. */
const letter = '🂡';
const longestText = 40_000;
/** How late the end of a connection, or of a process, may be on a machine that does something else. */
const toleranceMs = 2000;
/** The times of a load balancer are its own. */
const balancerMs = 40_000;
const endMs = 5000;
const patienceMs = 30_000;

export const unreadResponses: Row[] = [
  {
    id: 'SL2',
    group,
    title: 'clients that do not read their responses',
    expected: `others are served as usual while ${clients} clients take nothing of large responses; their connections are closed after SEND_TIMEOUT_MS, by a load balancer after ${balancerMs} ms at most`,
    source: 'OWASP API4:2023; RFC 9112, section 9.5',
    remedy:
      'Count a request out when its response has been produced, and close a connection on which nothing could be sent for SEND_TIMEOUT_MS.',
    evidence: ['limited', 'resilient'],
    tier: 'edge',
    needs: ['started', 'resource', 'writing', 'load'],
    relies: ['SEND_TIMEOUT_MS'],
    quick: false,
    settings: shortLives,
    async run(api) {
      const { front } = api.fleet;
      // It takes as long as this row waits.
      watchIdleConnections(api).catch(() => {});
      const [page, document] = [await largePage(api), await largestDocument(api, front)];
      await patiently(() => expectOthersServed(api, front, page, document));
    },
  },
  {
    id: 'GS5',
    group,
    title: 'clients that do not read while an instance stops',
    expected:
      'the process ends with code 0 or 143 before SHUTDOWN_TIMEOUT_MS, although clients take nothing of large responses',
    source: 'RFC 9112, section 9.5; Kubernetes documentation, "Pod Lifecycle: Termination of Pods"',
    remedy: 'Close what is still open when the time to finish requests is over.',
    evidence: ['stateless', 'resilient'],
    needs: ['started', 'resource', 'writing'],
    quick: false,
    settings: shortLives,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      const [page, document] = [await largePage(api), await largestDocument(api, instance)];
      await patiently(async () => {
        await instance.restart();
        await expectEndWhileUnread(api, instance, page, document);
      });
    },
  },
];

/** A request that is sent several times over one connection, without waiting (RFC 9112, section 9.3.2). */
export interface Repeated {
  path: string;
  times: number;
}

/** The largest document that the instance serves, or that its page of documentation loads. */
export async function largestDocument(api: Api, { url }: Server): Promise<Repeated> {
  const page = await api.send({ path: '/docs', to: url });
  const loaded = page.status === 200 ? [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)] : [];
  const { isOwn } = api.contract;
  const paths = new Set([...loaded.map(([, path]) => path!), '/openapi.json', '/openapi.yaml']);
  const sizes = await Promise.all(
    [...paths].map(async (path) => {
      const { status, text } = await api.send({ path, to: url });
      return { path, size: status === 200 ? Buffer.byteLength(text) : 0 };
    }),
  );
  const { path, size } = sizes.sort((a, b) => b.size - a.size)[0]!;
  if (size === 0 && !isOwn) throw new NotApplicable('it serves no document that takes long to send');
  expectThat(size > 0, 'an OpenAPI document or a page of documentation', 'none');
  return { path, times: Math.min(mostRequests, Math.ceil(enoughBytes / size)) };
}

/** A page of the list, filled with items whose longest text is as long as it may be. */
async function largePage(api: Api): Promise<Repeated> {
  const lengthOf = ({ maxLength = longestText }: Schema) => Math.min(maxLength, longestText);
  const takesLetters = ({ type, format, enum: values, pattern = '' }: Schema) =>
    [type].flat().includes('string') && !format && !values && new RegExp(pattern, 'u').test(letter);
  const [longest] = Object.entries((api.resource.input.properties ?? {}) as Record<string, Schema>)
    .filter(([, schema]) => takesLetters(schema))
    .sort(([, a], [, b]) => lengthOf(b) - lengthOf(a));
  const changes = longest ? { [longest[0]]: letter.repeat(lengthOf(longest[1])) } : {};
  for (let made = 0; made < items; made += 2)
    await Promise.all([api.create(undefined, changes), api.create(undefined, changes)]);
  return { path: `${api.resource.path}?limit=${items}`, times: 1 };
}

/** A connection for each of the requests, whose responses have begun to come, and of which nothing more is taken. */
export async function silentClients(
  api: Api,
  server: Server,
  requests: readonly Repeated[],
): Promise<Connection[]> {
  const fields = Object.entries({ host: 'verify', ...api.authorization('reader') })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  const connections: Connection[] = [];
  const open = async ({ path, times }: Repeated) => {
    const connection = await api.connect(server, { reading: false });
    connections.push(connection);
    connection.write(`GET ${path} HTTP/1.1\r\n${fields}\r\n`.repeat(times));
    const start = await connection.received(/^HTTP\/1\.1 \d+/, patienceMs);
    expectThat(
      /^HTTP\/1\.1 200 /.test(start),
      `status 200 for ${path} while ${connections.length - 1} clients do not read`,
      start.replace(/\r\n/g, ' ').slice(-500) || 'no answer',
    );
  };
  try {
    // One after another: never are more of them worked on than the instance takes at once.
    for (const request of requests) await open(request);
    return connections;
  } catch (error) {
    endAll(connections);
    throw error;
  }
}

export function endAll(connections: readonly Connection[]): void {
  for (const connection of connections) connection.end();
}

async function expectOthersServed(
  api: Api,
  front: Fleet['front'],
  page: Repeated,
  document: Repeated,
): Promise<void> {
  const sendMs = front.balancer ? balancerMs / 2 : Number(api.fleet.settings.SEND_TIMEOUT_MS);
  const connections = await silentClients(api, front, [
    ...Array(clientsOfPages).fill(page),
    ...Array(clientsOfDocuments).fill(document),
  ]);
  const begun = performance.now();
  try {
    for (let read = 0; read < 10; read += 1) {
      const path = `${api.resource.path}?limit=1`;
      expectStatus(await api.send({ path, as: 'reader', to: front.url }), 200);
      await pause(50);
    }
    // A timer that looks at the progress once in that time takes up to twice as long.
    await pause(begun + 2 * sendMs + toleranceMs - performance.now());
    // Buffered data come first, then the end.
    for (const connection of connections) connection.read();
    const ended = await Promise.all(connections.map((connection) => connection.closed(endMs)));
    const closed = ended.filter(Boolean).length;
    expectThat(
      closed > clients / 2,
      `the end of connections on which nothing could be sent for ${sendMs} ms`,
      `${closed} of ${clients} closed`,
    );
  } finally {
    endAll(connections);
  }
}

async function expectEndWhileUnread(
  api: Api,
  instance: Instance,
  page: Repeated,
  document: Repeated,
): Promise<void> {
  const lastMs = Number(api.fleet.settings.SHUTDOWN_TIMEOUT_MS);
  const connections = await silentClients(api, instance, [
    ...Array(clientsOfPages).fill(page),
    ...Array(clientsAtTheEnd).fill(document),
  ]);
  try {
    instance.signal('SIGTERM');
    await expectEnd(
      instance,
      lastMs + toleranceMs,
      `the process to end within ${lastMs} ms while clients do not read`,
    );
  } finally {
    endAll(connections);
  }
}
