/** Nothing to prepare: the cache is part of the process. */
export async function prepare(_env: NodeJS.ProcessEnv) {
  return {
    env: {},
    note: 'cache and rate limits: in the process, for one instance',
    stop: async () => {},
  };
}
