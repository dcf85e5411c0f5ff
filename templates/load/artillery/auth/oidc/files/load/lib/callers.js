import { abort } from './abort.js';
import { must } from './api.js';

const token = process.env.LOAD_TOKEN;
const place = process.env.LOAD_TOKEN_URL;
const client = {
  client_id: process.env.LOAD_CLIENT_ID || '',
  client_secret: process.env.LOAD_CLIENT_SECRET || '',
};

/** At which part of a token's life this thread renews it: not all at once. */
const renewal = 0.5 + 0.4 * Math.random();
let renewed;

/** Gets a token from the issuer, unless there is one. @returns a session */
export async function signIn() {
  // Its life is not known.
  if (token) return { authorization: `Bearer ${token}`, since: Date.now(), seconds: 0 };
  if (!place || !client.client_id || !client.client_secret)
    abort(
      'LOAD_TOKEN is missing: an access token that may create and delete; or LOAD_TOKEN_URL, LOAD_CLIENT_ID and LOAD_CLIENT_SECRET',
    );
  const form = new URLSearchParams(process.env.LOAD_TOKEN_PARAMETERS);
  for (const [name, value] of Object.entries({ grant_type: 'client_credentials', ...client }))
    form.set(name, value);
  const { access_token, expires_in } = JSON.parse(
    must(await post(form), `getting a token from ${place}`).text,
  );
  return { authorization: `Bearer ${access_token}`, since: Date.now(), seconds: expires_in };
}

async function post(form) {
  try {
    const response = await fetch(place, { method: 'POST', body: form });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return { status: 0, text: error.cause?.message ?? error.message };
  }
}

/** Headers of a caller. @param session that setup has made, good until it has to be renewed */
export async function signedIn({ session: shared }) {
  const session = (await renewed) ?? shared;
  if (session.seconds && Date.now() - session.since > 1000 * session.seconds * renewal) renewed = signIn();
  return { authorization: ((await renewed) ?? session).authorization };
}
