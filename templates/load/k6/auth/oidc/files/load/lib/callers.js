import http from 'k6/http';
import { must } from './api.js';

const token = __ENV.LOAD_TOKEN;
const place = __ENV.LOAD_TOKEN_URL;
const client = { client_id: __ENV.LOAD_CLIENT_ID, client_secret: __ENV.LOAD_CLIENT_SECRET };
if (!token && !(place && client.client_id && client.client_secret))
  throw new Error(
    'LOAD_TOKEN is missing: an access token that may create and delete; or LOAD_TOKEN_URL, LOAD_CLIENT_ID and LOAD_CLIENT_SECRET',
  );

/** At which part of a token's life this virtual user renews it: not all at once. */
const renewal = 0.5 + 0.4 * Math.random();
let renewed;

/** Gets a token from the issuer, unless there is one. @returns a session */
export function signIn() {
  // Its life is not known.
  if (token) return { authorization: `Bearer ${token}`, since: Date.now(), seconds: 0 };
  const form = Object.entries({ grant_type: 'client_credentials', ...client })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .concat(__ENV.LOAD_TOKEN_PARAMETERS || [])
    .join('&');
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = http.request('POST', place, form, {
    headers,
    tags: { name: 'token' },
    timeout: '10s',
    responseCallback: http.expectedStatuses(200),
  });
  const body = must(answer, `getting a token from ${place}`).json();
  return { authorization: `Bearer ${body.access_token}`, since: Date.now(), seconds: body.expires_in };
}

/** Headers of a caller. @param shared the session that setup has made, good until it has to be renewed */
export function signedIn(shared) {
  const session = renewed ?? shared;
  if (session.seconds && Date.now() - session.since > 1000 * session.seconds * renewal) renewed = signIn();
  return { authorization: (renewed ?? session).authorization };
}
