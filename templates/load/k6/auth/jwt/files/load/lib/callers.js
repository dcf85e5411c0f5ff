import { must, send } from './api.js';

const account = { email: __ENV.LOAD_EMAIL || 'admin@example.com', password: __ENV.LOAD_PASSWORD };
if (!account.password)
  throw new Error('LOAD_PASSWORD is missing: the password of an account that may create and delete');

/** At which part of a token's life this virtual user renews it: not all at once. */
const renewal = 0.5 + 0.4 * Math.random();
let renewed;

/** Signs in. @returns a session */
export function signIn() {
  const body = must(
    send('POST', '/v1/auth/login', { body: account }),
    `signing in as ${account.email}`,
  ).json();
  return { authorization: `Bearer ${body.accessToken}`, since: Date.now(), seconds: body.expiresIn };
}

/** Headers of a caller. @param shared the session that setup has made, good until it has to be renewed */
export function signedIn(shared) {
  const session = renewed ?? shared;
  if (Date.now() - session.since > 1000 * session.seconds * renewal) renewed = signIn();
  return { authorization: (renewed ?? session).authorization };
}
