/** Whether a caller with one role may do what needs another: everybody may. */
export function mayAct(_role: string, _needed: string): boolean {
  return true;
}

/** Headers of callers by role; nobody needs any. */
export async function callers(_config: object) {
  return { nobody: {}, reader: {}, editor: {}, admin: {}, stranger: {}, alone: {} };
}
