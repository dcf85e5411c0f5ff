const key = __ENV.LOAD_API_KEY;
if (!key) throw new Error('LOAD_API_KEY is missing: a key that may create and delete');

/** A key needs no sign-in. */
export function signIn() {
  return {};
}

/** Headers of a caller. @param {object} _session which nobody has here */
export function signedIn(_session) {
  return { 'x-api-key': key };
}
