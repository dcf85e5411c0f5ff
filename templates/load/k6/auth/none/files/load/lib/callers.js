/** Nobody signs in to this API. */
export function signIn() {
  return {};
}

/** Headers of a caller. @param {object} _session which nobody has here */
export function signedIn(_session) {
  return {};
}
