import { randomUUID } from 'node:crypto';
import { AccessTokens } from '../../src/auth/access-tokens.js';
import { readSigningKeys } from '../../src/auth/signing-keys.js';
import type { Config } from '../../src/config.js';

/** Headers of callers by role, with tokens signed by the API's own key. */
export async function callers(config: Config) {
  const tokens = new AccessTokens(config, await readSigningKeys(config.JWT_PRIVATE_KEY, ''));
  const headers = async (role: string) => ({
    authorization: `Bearer ${await tokens.issue({ id: randomUUID(), roles: [role] })}`,
  });
  return {
    nobody: {},
    reader: await headers('reader'),
    editor: await headers('editor'),
    admin: await headers('admin'),
  };
}
