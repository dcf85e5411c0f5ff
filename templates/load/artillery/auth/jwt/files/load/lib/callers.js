import { abort } from './abort.js';
import { call, must } from './api.js';

const account = {
  email: process.env.LOAD_EMAIL || 'admin@example.com',
  password: process.env.LOAD_PASSWORD,
};

/** At which part of a token's life this thread renews it: not all at once. */
const renewal = 0.5 + 0.4 * Math.random();
let renewed;

/** Signs in. @returns a session */
export async function signIn(target) {
  if (!account.password)
    abort('LOAD_PASSWORD is missing: the password of an account that may create and delete');
  const answer = await call(target, 'POST', '/v1/auth/login', { body: account });
  const { accessToken, expiresIn } = must(answer, `signing in as ${account.email}`).json();
  return { authorization: `Bearer ${accessToken}`, since: Date.now(), seconds: expiresIn };
}

/** Headers of a caller. @param session that setup has made, good until it has to be renewed */
export async function signedIn({ target, session: shared }) {
  const session = (await renewed) ?? shared;
  if (Date.now() - session.since > 1000 * session.seconds * renewal) renewed = signIn(target);
  return { authorization: ((await renewed) ?? session).authorization };
}
