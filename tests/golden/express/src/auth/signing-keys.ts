import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  importJWK,
  importPKCS8,
  importSPKI,
  type JWK,
} from 'jose';
import { EnvironmentError } from '../env.js';

export const algorithm = 'ES256';

/** The keys of access tokens. A key is known by its thumbprint (RFC 7638). */
export interface SigningKeys {
  current: { kid: string; privateKey: CryptoKey };
  /** Keys that verify: the current one and those before it that are still accepted. */
  verifying: ReadonlyMap<string, CryptoKey>;
  /** The verifying keys as other services read them (RFC 7517). */
  jwks: { keys: JWK[] };
}

const publicKeyForm = /-----BEGIN PUBLIC KEY-----[\s\S]*?-----END PUBLIC KEY-----/g;

/**
 * Reads the signing key and its predecessors.
 * @param privateKey PKCS#8 PEM of a P-256 key
 * @param previous SPKI PEMs, one after another; empty for none
 * @throws EnvironmentError naming the setting that holds no such key
 */
export async function readSigningKeys(privateKey: string, previous: string): Promise<SigningKeys> {
  const signing = await importPKCS8(withLineBreaks(privateKey), algorithm, { extractable: true }).catch(
    () => {
      throw new EnvironmentError(['JWT_PRIVATE_KEY must be the PKCS#8 PEM of a P-256 key']);
    },
  );
  const { d: _secret, ...publicPart } = await exportJWK(signing);
  const pems = withLineBreaks(previous).match(publicKeyForm) ?? [];
  const older = await Promise.all(pems.map((pem) => importSPKI(pem, algorithm, { extractable: true }))).catch(
    () => [],
  );
  if (older.length === 0 && previous.trim() !== '') {
    throw new EnvironmentError(['JWT_PREVIOUS_PUBLIC_KEYS must be SPKI PEMs of P-256 keys']);
  }
  const keys = await Promise.all([publicPart, ...(await Promise.all(older.map(exportJWK)))].map(described));
  const verifying = new Map(
    await Promise.all(
      keys.map(async (key) => [key.kid, (await importJWK(key, algorithm)) as CryptoKey] as const),
    ),
  );
  return { current: { kid: keys[0]!.kid, privateKey: signing }, verifying, jwks: { keys } };
}

/** Line breaks may be written as \n in an environment variable. */
export function withLineBreaks(pem: string): string {
  return pem.replaceAll('\\n', '\n');
}

async function described(key: JWK): Promise<JWK & { kid: string }> {
  return { ...key, kid: await calculateJwkThumbprint(key), alg: algorithm, use: 'sig' };
}
