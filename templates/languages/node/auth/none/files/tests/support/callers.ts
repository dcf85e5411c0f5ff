/** Headers of callers by role; nobody needs any. */
export async function callers(_config: object) {
  return { nobody: {}, reader: {}, editor: {}, admin: {} };
}
