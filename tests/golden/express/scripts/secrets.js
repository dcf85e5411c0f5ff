import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';

// JavaScript, so that it runs before anything is installed.
const file = '.env';

/** @type {Record<string, () => string>} */
const make = {
  random: () => randomBytes(32).toString('base64url'),
  es256: () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return `'${pem.trim().replaceAll('\n', '\\n')}'`;
  },
};

/**
 * A new value for every secret that .env.example marks, by name.
 * @returns {Record<string, string>}
 */
export function newSecrets() {
  const marked = readFileSync('.env.example', 'utf8').matchAll(/^# made: (\w+)\n(\w+)=/gm);
  return Object.fromEntries([...marked].map(([, kind = '', name = '']) => [name, newValue(kind)]));
}

/** @param {string} kind */
function newValue(kind) {
  const maker = make[kind];
  if (!maker) throw new Error(`.env.example has a secret of the kind "${kind}", which is not known`);
  return maker();
}

/**
 * Adds the secrets that .env lacks, made as .env.example marks them (`# made: …`), readable by the owner alone.
 * @returns {string[]} the names of the new secrets
 */
export function ensureSecrets() {
  /** @type {NodeJS.Dict<string>} */
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
