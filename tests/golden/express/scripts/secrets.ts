import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';

const file = '.env';

const make: Record<string, () => string> = {
  random: () => randomBytes(32).toString('base64url'),
  es256: () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    return `'${pem.trim().replaceAll('\n', '\\n')}'`;
  },
};

/** A new value for every secret that .env.example marks, by name. */
export function newSecrets(): Record<string, string> {
  const marked = readFileSync('.env.example', 'utf8').matchAll(/^# made: (\w+)\n(\w+)=/gm);
  return Object.fromEntries([...marked].map(([, kind, name]) => [name!, make[kind!]!()]));
}

/**
 * Adds the secrets that .env lacks, made as .env.example marks them (`# made: …`), readable by the owner alone.
 * @returns the names of those that were made
 */
export function ensureSecrets(): string[] {
  const present = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  const missing = Object.entries(newSecrets()).filter(([name]) => !present[name]);
  if (missing.length === 0) return [];
  const lines = missing.map(([name, value]) => `${name}=${value}\n`);
  appendFileSync(file, lines.join(''), { mode: 0o600 });
  chmodSync(file, 0o600);
  return missing.map(([name]) => name);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const made = ensureSecrets();
  console.log(made.length > 0 ? `made in ${file}: ${made.join(', ')}` : `${file} has every secret`);
}
