import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { execa } from 'execa';
import { ProjectTarget } from '../../src/verify/project-target.js';
import type { Combination } from '../../tests/passed.js';

const cli = path.resolve(import.meta.dirname, '../../dist/cli.js');

/** A project that is judged. */
export interface Project extends Combination {
  name: string;
  /** Whether callers sign in. */
  accounts: boolean;
  /** Path of a list that anybody may read. */
  list: string;
  /** Path of an operation without sign-in that reads a body. */
  open: string;
}

/** Two of each framework: with all that instances can share, and with every type of field. */
const frameworks = ['fastify', 'express', 'fastapi'];
export const projects: readonly Project[] = frameworks.flatMap((framework) => [
  {
    name: `${framework}-shared`,
    choices: { framework, database: 'postgresql', cache: 'redis', auth: 'jwt' },
    accounts: true,
    list: '/v1/products',
    open: '/v1/auth/login',
  },
  {
    name: `${framework}-single`,
    choices: { framework, database: 'sqlite', cache: 'memory', auth: 'none' },
    resources: [
      'order: total:decimal, status:enum(pending|paid)+, group:string(0,10)?',
      'item: name:string(1,40)!, code:string(2,4)+, note:text?, qty:integer+, amount:decimal?, ok:boolean, kind:enum(a|b)+, tag:uuid?, day:date+, due:datetime+, orderId:ref(order), parent:ref(item)?',
    ],
    accounts: false,
    list: '/v1/items',
    open: '/v1/items',
  },
]);

/** Makes and installs a project. Returns its folder. */
export async function make({ name, choices, resources = [] }: Project, folder: string): Promise<string> {
  const flags = Object.entries(choices).map(([axis, value]) => `--${axis}=${value}`);
  const specs = resources.flatMap((spec) => ['--resource', spec]);
  await execa('node', [cli, name, '--yes', '--no-git', ...flags, ...specs], { cwd: folder });
  return path.join(folder, name);
}

/** An instance that runs as in production, with limits that no judge reaches. */
export interface Instance {
  url: string;
  /** Authorization of a caller who may do everything, where callers sign in. */
  authorization: string | undefined;
}

/** Builds and starts a project with servers of its own. Call `close` when it was judged. */
export async function start(
  { accounts }: Project,
  directory: string,
): Promise<Instance & { close(): Promise<void> }> {
  const { signal } = new AbortController();
  const target = await ProjectTarget.open(directory, { build: true, stage: () => {}, signal });
  try {
    const session = await target.session(undefined);
    const { url } = session.fleet.instances[0]!;
    const authorization = accounts
      ? session.authorization('admin', await register(url)).authorization
      : undefined;
    return { url, authorization, close: () => target.close() };
  } catch (error) {
    await target.close();
    throw error;
  }
}

/** Makes an account. Returns its id. */
async function register(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'judge@example.com', password: randomBytes(24).toString('base64url') }),
  });
  if (response.status !== 201) throw new Error(`no account: ${response.status} ${await response.text()}`);
  const { account } = (await response.json()) as { account: { id: string } };
  return account.id;
}
