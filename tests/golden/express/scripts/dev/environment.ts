import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ensureSecrets } from '../secrets.js';

/** The settings of every command of development: .env, which gets the secrets it lacks, then those of the shell, which win. */
export function developmentEnvironment(): NodeJS.ProcessEnv {
  const made = ensureSecrets();
  if (made.length > 0) console.log(`made in .env: ${made.join(', ')}`);
  const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  return { DRAIN_DELAY_MS: '0', ...file, ...process.env, NODE_ENV: 'development' };
}
