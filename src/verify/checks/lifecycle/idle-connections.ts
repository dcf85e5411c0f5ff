import type { Api, Connection, Fleet } from '../../cluster/api.js';
import { expectThat } from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { shortLives } from '../shared/shared-settings.js';

/** Longer than the default keep-alive of HTTP servers: five seconds, and one more. */
const idleMs = 6500;
/** How much later than KEEPALIVE_TIMEOUT_MS a connection may be closed: servers add a second against races. */
const lateMs = 4000;

export const idleConnections: Row[] = [
  {
    id: 'KA1',
    group: 'lifecycle',
    title: 'idle connections',
    expected: `a connection that was idle for ${idleMs} ms serves the next request, as KEEPALIVE_TIMEOUT_MS is ${shortLives.KEEPALIVE_TIMEOUT_MS}; one that stays idle is closed within ${lateMs} ms after that time`,
    source: 'RFC 9112, sections 9.3 and 9.5',
    remedy:
      'Give the time to the HTTP server, longer than the idle timeout of the load balancer, or it sends requests to connections that close.',
    evidence: ['balanced'],
    needs: ['started'],
    relies: ['KEEPALIVE_TIMEOUT_MS'],
    quick: false,
    settings: shortLives,
    async run(api) {
      const { received, closed } = await watchIdleConnections(api);
      expectThat(
        answers(received) === 2,
        `an answer on a connection that was idle for ${idleMs} ms`,
        answers(received) === 1 ? 'the end of the connection' : received,
      );
      const { KEEPALIVE_TIMEOUT_MS: keepMs } = shortLives;
      expectThat(
        closed,
        `the end of a connection that was idle for ${keepMs} ms, ${lateMs} ms later at most`,
        'it is still open',
      );
    },
  },
];

/** What became of two idle connections. */
interface Watched {
  /** All that came over the one that was used after `idleMs`. */
  received: string;
  /** Whether the other one was closed. */
  closed: boolean;
}

const watched = new WeakMap<Fleet, Promise<Watched>>();

/** Watches two idle connections, once for a set of instances: a row that waits may begin it. */
export function watchIdleConnections(api: Api): Promise<Watched> {
  const watching = watched.get(api.fleet) ?? watch(api);
  watched.set(api.fleet, watching);
  return watching;
}

async function watch(api: Api): Promise<Watched> {
  // Rows that run meanwhile restart the first instance.
  const instance = api.fleet.instances.at(-1)!;
  const [used, idle] = await Promise.all([api.connect(instance), api.connect(instance)]);
  try {
    await Promise.all([ask(api, used, 1), ask(api, idle, 1)]);
    const end = idle.closed(shortLives.KEEPALIVE_TIMEOUT_MS + lateMs);
    await pause(idleMs);
    const received = await ask(api, used, 2);
    return { received, closed: await end };
  } finally {
    used.end();
    idle.end();
  }
}

/** Asks for a probe. @returns all that came so far, when as many answers as that have come */
function ask(api: Api, connection: Connection, count: number): Promise<string> {
  connection.write(`GET ${api.place('/livez')} HTTP/1.1\r\nhost: verify\r\n\r\n`);
  return connection.received(new RegExp(`(HTTP/1\\.1 200 [^]*){${count}}`));
}

function answers(received: string): number {
  return received.split('HTTP/1.1 200 ').length - 1;
}
