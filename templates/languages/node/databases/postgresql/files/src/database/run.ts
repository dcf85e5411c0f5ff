import { connect } from 'node:net';
import type { CompiledQuery } from 'kysely';
import type { PoolClient } from 'pg';
import type { CallContext } from '../context.js';
import { dependencyUnavailable } from '../problem.js';
import { PreparedQueries } from './prepared.js';

/** How long a cancelled statement may take to end before its connection is given up. */
const cancelGraceMs = 150;
const cancelRequestCode = 80877102;

/** What node-postgres knows of its connection but does not declare. */
interface Backend {
  processID: number;
  secretKey: number;
  host: string;
  port: number;
  connection: { stream: { destroy(): void } };
}

/**
 * Runs statements in one round trip, which are cancelled on the server when the request is over.
 * @param prepare whether the connection keeps prepared statements
 * @returns the rows of each
 * @throws context.cancelled at the latest 150 ms after the cancellation, even when the server does not answer
 */
export function runCancellable(
  client: PoolClient,
  queries: readonly CompiledQuery[],
  context: CallContext,
  prepare: boolean,
): Promise<object[][]> {
  return new Promise((resolve, reject) => {
    const prepared = new PreparedQueries(queries, prepare, (error, rows) => {
      stop();
      clearTimeout(giveUp);
      if (!error && !context.cancelled) resolve(rows);
      // A connection that was given up must not go back to the pool.
      else if (context.cancelled && (client as unknown as { _ended?: boolean })._ended)
        reject(dependencyUnavailable('database', error));
      else reject(error ?? context.cancelled);
    });
    let giveUp: NodeJS.Timeout | undefined;
    const stop = context.onCancel(() => {
      const backend = client as unknown as Backend;
      requestCancel(backend);
      giveUp = setTimeout(() => backend.connection.stream.destroy(), cancelGraceMs);
    });
    client.query(prepared);
  });
}

/** CancelRequest of the PostgreSQL protocol, on a connection of its own (PostgreSQL manual, 55.2.8). */
function requestCancel({ processID, secretKey, host, port }: Backend): void {
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE(cancelRequestCode, 4);
  message.writeInt32BE(processID, 8);
  message.writeInt32BE(secretKey, 12);
  const socket = connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
  socket.setTimeout(cancelGraceMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('connect', () => socket.end(message));
}
