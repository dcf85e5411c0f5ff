/** Nothing to start: the cache is part of the process. */
export async function testCache() {
  return { url: undefined, note: 'in the process', stop: async () => {} };
}
