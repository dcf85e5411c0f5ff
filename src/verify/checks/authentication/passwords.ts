import type { Api } from '../../cluster/api.js';
import type { Response } from '../../http/exchange.js';
import {
  expectEqual,
  expectProblem,
  expectRetryAfter,
  expectStatus,
  expectThat,
} from '../../http/expectations.js';
import { median } from '../../http/traffic.js';
import { pause } from '../../http/waiting.js';
import type { Row } from '../row.js';
import { type Account, login, newAccount, register } from '../shared/accounts.js';
import { fewMails } from '../shared/shared-settings.js';

/** OWASP Password Storage Cheat Sheet: memory in KiB and passes. */
const least = { memory: 19_456, passes: 2 };
const parallel = 100;
const probeEveryMs = 25;
const attempts = 3;
/** Breakers close again in that time. */
const recoveryMs = 2500;
const livenessMs = 200;

export const passwords: Row[] = [
  {
    id: 'AU5',
    group: 'authentication',
    title: 'passwords',
    expected:
      'hashed with argon2id; an unknown account takes as long as a wrong password; 100 sign-ins at once do not hold up the rest',
    source: 'OWASP Password Storage Cheat Sheet; OWASP Authentication Cheat Sheet',
    remedy:
      'Hash in a bounded number of threads, compare with a dummy hash when there is no account, and use m=19456, t=2, p=1 or more.',
    evidence: ['asynchronous'],
    needs: ['started', 'signIn', 'load'],
    quick: false,
    alone: true,
    settings: fewMails,
    async run(api) {
      const account = newAccount();
      expectStatus(await register(api, account), 201);
      if (api.fleet.hasDatabase) await expectStrongHashes(api, account);
      await expectAlikeForUnknown(api, account);
      await expectAliveWhileHashing(api, account);
    },
  },
];

async function expectStrongHashes(api: Api, { password }: Account): Promise<void> {
  const hashes = await api.fleet.sql.textsLike('$argon2id$%');
  expectThat(hashes.length > 0, 'a hash of argon2id in the database', 'none in any column of text');
  for (const hash of hashes) {
    const [, memory, passes] = /\bm=(\d+),t=(\d+),p=[1-9]/.exec(hash) ?? [];
    expectThat(
      Number(memory) >= least.memory && Number(passes) >= least.passes,
      `argon2id with m ≥ ${least.memory}, t ≥ ${least.passes} and p ≥ 1`,
      hash.split('$').slice(0, 4).join('$'),
    );
  }
  expectEqual(
    await api.fleet.sql.textsLike(`%${password}%`),
    [],
    'places in the database with the password as it stands:',
  );
}

/** In turn, so that what else the machine does concerns both; the middle of each, as one in a row is often slow. */
async function expectAlikeForUnknown(api: Api, account: Account): Promise<void> {
  const wrong: Response[] = [];
  const unknown: Response[] = [];
  for (let place = 0; place < 11; place += 1) {
    wrong.push(await login(api, { ...account, password: newAccount().password }));
    unknown.push(await login(api, newAccount()));
  }
  const bodies = [...wrong, ...unknown].map((response) => {
    const { requestId, traceId, ...body } = expectProblem(response, 401, 'unauthenticated');
    return body;
  });
  for (const body of bodies)
    expectEqual(body, bodies[0], 'for an unknown account the body of a wrong password:');
  const [slow, fast] = [median(wrong.map(({ ms }) => ms)), median(unknown.map(({ ms }) => ms))];
  expectThat(
    fast / slow > 0.6 && fast / slow < 1 / 0.6,
    `an unknown account to take as long as a wrong password (${slow.toFixed(1)} ms)`,
    `${fast.toFixed(1)} ms`,
  );
}

async function expectAliveWhileHashing(api: Api, account: Account): Promise<void> {
  const signedIn = await login(api, account);
  expectStatus(signedIn, 200);
  const headers = { authorization: `Bearer ${signedIn.json().accessToken}` };
  const to = api.fleet.instances[0]!.url;
  // As many requests that hash nothing show how late this machine is by itself.
  const light = await livenessDuring(api, () => api.send({ path: '/v1/me', headers, to }));
  const bound = Math.max(livenessMs, 3 * light.slow);
  // Again when it was late, or when nothing was hashed: on a busy machine, all can be refused for other reasons.
  for (let attempt = 1; ; attempt += 1) {
    const { slow, answers } = await livenessDuring(api, () =>
      api.send({ method: 'POST', path: '/v1/auth/login', json: account, to }),
    );
    // Excess requests are rejected, not queued without a bound.
    for (const answer of answers) {
      expectStatus(answer, 200, 503);
      if (answer.status === 503) expectRetryAfter(answer);
    }
    const succeeded = answers.filter(({ status }) => status === 200).length;
    if (slow < bound && succeeded > 0) return;
    if (attempt < attempts) {
      await pause(recoveryMs);
      continue;
    }
    expectThat(succeeded > 0, `some of ${parallel} sign-ins at once to succeed`, 'all were refused');
    expectThat(
      slow < bound,
      `/livez within ${Math.round(bound)} ms (95 of 100) under ${parallel} sign-ins at once`,
      `${Math.round(slow)} ms`,
    );
  }
}

/**
 * Probes an instance while requests run: at fixed times and not one after another, or a long wait would count once.
 * @returns the time that 95 of 100 probes stayed below, in milliseconds, and the answers to the requests
 */
async function livenessDuring(api: Api, request: () => Promise<Response>) {
  const to = api.fleet.instances[0]!.url;
  const probes: Promise<Response>[] = [];
  const probe = () => probes.push(api.send({ path: '/livez', to }));
  const timer = setInterval(probe, probeEveryMs);
  const answers = await Promise.all(Array.from({ length: parallel }, request)).finally(() =>
    clearInterval(timer),
  );
  probe();
  const probed = await Promise.all(probes);
  for (const response of probed) expectStatus(response, 200);
  const times = probed.map(({ ms }) => ms).sort((a, b) => a - b);
  return { slow: times[Math.floor(times.length * 0.95)]!, answers };
}
