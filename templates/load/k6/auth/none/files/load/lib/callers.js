/** Nobody signs in to this API. */
export function signIn() {
  return {};
}

/** Headers of a caller. */
export function signedIn() {
  return {};
}
