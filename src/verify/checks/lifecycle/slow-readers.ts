import type { Api, Connection, Instance } from '../../cluster/api.js';
import { expectThat } from '../../http/expectations.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { shortLives } from '../shared/shared-settings.js';
import { patiently } from '../shared/small-limits.js';
import { expectEnd } from './draining.js';
import { endAll, largestDocument, type Repeated, silentClients } from './unread-responses.js';

/** How long the clients take nothing after SIGTERM: past DRAIN_DELAY_MS, when the listener closes. */
const silentMs = shortLives.DRAIN_DELAY_MS + 300;
const clients = 3;
const patienceMs = 10_000;

export const slowReaders: Row[] = [
  {
    id: 'GS4',
    group: 'lifecycle',
    title: 'clients that read slowly while an instance stops',
    expected: `a response that has begun to arrive when SIGTERM comes arrives whole, although its client takes nothing for ${silentMs} ms, and the process ends with code 0 or 143`,
    source: 'RFC 9112, section 9.6; RFC 9110, section 6.4.1',
    remedy:
      'A connection is not idle while a response is on its way: close connections only when the client has read the response, or at the end of SHUTDOWN_TIMEOUT_MS.',
    evidence: ['stateless', 'balanced'],
    needs: ['started'],
    quick: false,
    settings: shortLives,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      const document = await largestDocument(api, instance);
      // A busy machine may not bring all of it before the instance has to end.
      await patiently(() => expectWholeAfterSigterm(api, instance, document));
    },
  },
];

async function expectWholeAfterSigterm(api: Api, instance: Instance, document: Repeated): Promise<void> {
  const connections = await silentClients(api, instance, Array(clients).fill(document));
  try {
    instance.signal('SIGTERM');
    await pause(silentMs);
    for (const connection of connections) connection.read();
    for (const connection of connections) expectWhole(await everything(connection), document.path);
    await expectEnd(instance, patienceMs, 'the end of the process');
  } finally {
    endAll(connections);
    await instance.ended();
    await instance.restart();
  }
}

/** All that comes over a connection until the server closes it. */
async function everything(connection: Connection): Promise<string> {
  await connection.closed(patienceMs);
  return connection.received(/^/);
}

/** Responses follow one another (RFC 9112, section 9.3.2); the last one may not end before its Content-Length. */
function expectWhole(received: string, path: string): void {
  let left = Buffer.from(received, 'latin1');
  for (let number = 1; left.length > 0; number += 1) {
    const end = left.indexOf('\r\n\r\n');
    const declared = /^content-length: *(\d+)/im.exec(left.subarray(0, Math.max(0, end)).toString())?.[1];
    expectThat(
      declared !== undefined,
      `a response to ${path} with Content-Length`,
      left.subarray(0, 200).toString(),
    );
    const body = left.subarray(end + 4, end + 4 + Number(declared));
    expectThat(
      body.length === Number(declared),
      `all ${declared} bytes of response ${number} to ${path}`,
      `${body.length} bytes and the end of the connection`,
    );
    left = left.subarray(end + 4 + body.length);
  }
}
