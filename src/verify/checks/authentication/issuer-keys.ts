import { randomUUID } from 'node:crypto';
import type { Api, Instance } from '../../cluster/api.js';
import { roles } from '../../http/exchange.js';
import { expectHeader, expectProblem, expectThat } from '../../http/expectations.js';
import { newSigningKey } from '../../http/tokens.js';
import { pause, until } from '../../http/waiting.js';
import type { Row } from '../row.js';

const cooldownS = 2;
const skewS = 4;
/** In which an instance takes a new key, and asks again an issuer that was down. */
const recoveryMs = 20_000;
/** In which a token of a known key is answered, whatever the issuer does. */
const promptMs = 1500;
const startMs = 60_000;

export const issuerKeys: Row[] = [
  {
    id: 'AU6',
    group: 'authentication',
    title: 'tokens and keys of an issuer',
    expected: `they are fetched once for tokens of unknown keys, and again after OIDC_KEYS_COOLDOWN_S at the earliest; while the issuer is down or hangs, instances start, tokens of known keys are accepted, and those of unknown ones get 503 with Retry-After; a new key is taken without a restart, and a withdrawn one refused with it; a token is accepted until OIDC_CLOCK_SKEW_S after its end, and not later where it was accepted before`,
    source: 'OpenID Connect Core, section 10.1.1; RFC 7517, section 5; RFC 8725, section 3; OWASP API4:2023',
    remedy:
      'Keep the keys in the process, fetch them in one request for all that wait, and replace them only by an answer.',
    evidence: ['resilient'],
    needs: ['started', 'issuer', 'resource'],
    quick: false,
    settings: { OIDC_KEYS_COOLDOWN_S: cooldownS, OIDC_CLOCK_SKEW_S: skewS },
    async run(api) {
      const issuer = api.fleet.issuer!;
      const { instances } = api.fleet;
      const old = tokenOf(api);
      for (const instance of instances) await expectTaken(api, instance, old, 'a good token');
      // Now, the next token of an unknown key leads to a fetch.
      await pause(cooldownS * 1000);
      for (const instance of instances) await expectFewFetches(api, instance);
      await expectSkew(api);
      for (const fault of ['down', 'hung'] as const) {
        issuer.fail(fault);
        await pause(cooldownS * 1000);
        for (const instance of instances) await expectKnownKeys(api, instance, old, fault);
      }
      const ending = await api.fleet.startWith({}, startMs);
      expectThat(
        ending === undefined,
        'an instance that starts while the issuer hangs',
        ending?.lines.at(-1),
      );
      issuer.restore();
      issuer.rotate();
      for (const instance of instances) await expectRotation(api, instance, old);
    },
  },
];

/** A good token that was never seen. */
function tokenOf(api: Api): string {
  return api.forge({ claims: { sub: randomUUID(), roles } });
}

function unknownTokenOf(api: Api): string {
  return api.forge({ claims: { roles }, header: { kid: randomUUID() }, secret: newSigningKey() });
}

/** A request that needs a role, and whose body cannot be read. */
function attempt(api: Api, { url }: Instance, token: string) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return api.send({ method: 'POST', path: api.resource.path, headers, body: '{"', to: url });
}

async function expectAccepted(api: Api, instance: Instance, token: string, what: string): Promise<void> {
  const start = performance.now();
  const { status, text } = await attempt(api, instance, token);
  expectThat(status === 400, `${what} to be accepted`, `status ${status}: ${text}`);
  const ms = performance.now() - start;
  expectThat(ms < promptMs, `${what} to be accepted within ${promptMs} ms`, `${Math.round(ms)} ms`);
}

async function expectFewFetches(api: Api, instance: Instance): Promise<void> {
  const issuer = api.fleet.issuer!;
  const before = issuer.fetches;
  const start = performance.now();
  const atOnce = Array.from({ length: 10 }, () => attempt(api, instance, unknownTokenOf(api)));
  const answers = await Promise.all(atOnce);
  for (let further = 0; further < 10; further += 1)
    answers.push(await attempt(api, instance, unknownTokenOf(api)));
  for (const response of answers) expectProblem(response, 401, 'unauthenticated');
  const most = 1 + Math.floor((performance.now() - start) / (cooldownS * 1000));
  const fetches = issuer.fetches - before;
  expectThat(
    fetches <= most,
    `${most} fetch of the keys at most for ${answers.length} unknown keys in a row`,
    `${fetches} fetches`,
  );
}

/** Clocks of the issuer and of instances differ. */
async function expectSkew(api: Api): Promise<void> {
  const exp = Math.floor(Date.now() / 1000) + 1;
  const ending = api.forge({ claims: { roles, exp } });
  for (const instance of api.fleet.instances)
    await expectAccepted(api, instance, ending, 'a token before its end');
  await until(() => Date.now() > exp * 1000 + 500, 10_000);
  for (const instance of api.fleet.instances)
    for (const [token, what] of [
      [ending, 'a token that was accepted before'],
      [api.forge({ claims: { roles, exp } }), 'a new token'],
    ] as const) {
      if (Date.now() > (exp + skewS - 1) * 1000) continue;
      await expectAccepted(api, instance, token, `${what}, less than ${skewS} s after its end,`);
    }
  await until(() => Date.now() > (exp + skewS + 1) * 1000, 60_000);
  for (const instance of api.fleet.instances)
    expectProblem(await attempt(api, instance, ending), 401, 'unauthenticated');
}

async function expectKnownKeys(api: Api, instance: Instance, old: string, fault: string): Promise<void> {
  const meanwhile = `while the issuer is ${fault}`;
  const unknown = await attempt(api, instance, unknownTokenOf(api));
  expectThat(
    unknown.status === 503,
    `status 503 for a token of an unknown key ${meanwhile}`,
    `status ${unknown.status}`,
  );
  expectHeader(unknown, 'Retry-After', /^\d+$/);
  await expectAccepted(api, instance, old, `a token that was accepted before, ${meanwhile},`);
  await expectAccepted(api, instance, tokenOf(api), `a new token of a known key, ${meanwhile},`);
}

/** An instance may have to fetch the keys first, also where a busy machine let its first fetch end too late. */
async function expectTaken(api: Api, instance: Instance, token: string, what: string): Promise<void> {
  const accepted = async () => (await attempt(api, instance, token)).status === 400;
  expectThat(
    await until(accepted, recoveryMs),
    `${what} to be accepted within ${recoveryMs / 1000} s`,
    'it refused',
  );
}

async function expectRotation(api: Api, instance: Instance, old: string): Promise<void> {
  await expectTaken(api, instance, tokenOf(api), 'a token of the new key');
  expectProblem(await attempt(api, instance, old), 401, 'unauthenticated');
}
