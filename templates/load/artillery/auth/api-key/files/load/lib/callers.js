import { abort } from './abort.js';

const key = process.env.LOAD_API_KEY;

/** A key needs no sign-in. */
export async function signIn() {
  if (!key) abort('LOAD_API_KEY is missing: a key that may create and delete');
  return {};
}

/** Headers of a caller. */
export async function signedIn() {
  return { 'x-api-key': key };
}
