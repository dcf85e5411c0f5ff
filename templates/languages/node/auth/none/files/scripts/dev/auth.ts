/** Nobody signs in. */
export async function prepare(_environment: NodeJS.ProcessEnv) {
  return { env: {}, note: 'Sign-in: none, every operation is open', stop: async () => {} };
}
