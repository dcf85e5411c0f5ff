/** Nobody signs in to this API. */
export async function signIn() {
  return {};
}

/** Headers of a caller. */
export async function signedIn() {
  return {};
}
