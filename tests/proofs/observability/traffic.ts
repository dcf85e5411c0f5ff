import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { register } from '../../../src/verify/checks/shared/accounts.js';
import type { Session } from '../../../src/verify/session.js';

const scrapedEveryMs = 1000;

/** Makes an API export every metric: reads, writes, jobs, sign-ins, rate limits, unknown paths, and an outage of the database. */
export async function useEverything(session: Session, milliseconds: number): Promise<void> {
  const { fleet, resource } = session;
  const { path } = await session.create();
  await startExports(session, 2);
  // A histogram has a rate when it has risen since it was first read.
  await sleep(3 * scrapedEveryMs);
  await startExports(session, 4);
  const account = { email: 'reader@example.com', password: randomBytes(24).toString('base64url') };
  await register(session, account);
  const end = Date.now() + milliseconds;
  const outage = Date.now() + milliseconds / 2;
  for (let round = 0; Date.now() < end; round += 1) {
    fleet.database.set({ kind: Date.now() > outage && Date.now() < outage + 3000 ? 'refuse' : 'pass' });
    await Promise.all(
      fleet.instances.flatMap(({ url: to }) => [
        session.trySend({ path: `${resource.path}?limit=${1 + (round % 100)}`, to }),
        session.trySend({ path: resource.path, to }),
        session.trySend({ path: itemPath(resource.path, round), to }),
        session.trySend({ path, to }),
        session.trySend({ path: '/v1/nowhere', to }),
        ...(round % 10 === 0
          ? [
              session.trySend({ method: 'POST', path: resource.path, as: 'editor', json: {}, to }),
              session.trySend({ method: 'POST', path: '/v1/auth/login', json: account, to }),
            ]
          : []),
      ]),
    );
    session.exchanges = [];
    await sleep(20);
  }
  fleet.database.set({ kind: 'pass' });
}

async function startExports(session: Session, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1)
    await session.send({ method: 'POST', path: `${session.resource.path}/exports`, as: 'editor', json: {} });
}

/** A path of an item that is not there, another one each time. */
function itemPath(collection: string, round: number): string {
  return `${collection}/01900000-0000-7000-8000-${String(round).padStart(12, '0')}`;
}
