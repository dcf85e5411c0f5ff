import { newAccount, register } from '../../../src/verify/checks/shared/accounts.js';
import { ProjectTarget } from '../../../src/verify/project-target.js';
import type { Session } from '../../../src/verify/session.js';
import { balanced } from '../../contract/projects.js';

/** An instance that runs as in production, with limits that no judge reaches. */
export interface Instance {
  url: string;
  /** Where clients send their headers: the load balancer, where the project leaves slow clients to it. */
  front: string;
  /** Of a caller who may do everything, where callers sign in. */
  token: string | undefined;
  close(): Promise<void>;
}

/**
 * Builds and starts a project with servers of its own.
 * @param accounts whether callers sign in
 */
export async function start(directory: string, accounts: boolean): Promise<Instance> {
  const { signal } = new AbortController();
  const target = await ProjectTarget.open(directory, {
    build: true,
    balancer: balanced(directory)[1],
    stage: () => {},
    signal,
  });
  try {
    const session = await target.session(undefined);
    const { url } = session.fleet.instances[0]!;
    const token = accounts
      ? session.authorization('admin', (await accountOf(session)).id).authorization?.replace('Bearer ', '')
      : undefined;
    return { url, front: session.fleet.front.url, token, close: () => target.close() };
  } catch (error) {
    await target.close();
    throw error;
  }
}

/** Makes an account. */
async function accountOf(session: Session): Promise<{ id: string }> {
  const response = await register(session, newAccount());
  if (response.status !== 201) throw new Error(`no account: ${response.status} ${response.text}`);
  return response.json().account;
}
