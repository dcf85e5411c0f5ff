import type { Mutant } from './mutant.js';

const check = 'dist/auth/key-check.js';
const changes = 'dist/auth/key-changes.js';
const format = 'dist/auth/key-format.js';

/** Changes to a project of Node.js whose callers have API keys. */
export const nodeApiKeys: Mutant[] = [
  {
    row: 'AU7',
    name: 'relies for a minute on what it knows of a key',
    file: check,
    from: 'const freshMs = 3000;',
    to: 'const freshMs = 60_000;',
  },
  {
    row: 'AU7',
    name: 'does not look whether a key is revoked',
    file: check,
    from: 'if (revokedAt !== null)',
    to: 'if (false)',
  },
  {
    row: 'AU7',
    name: 'takes any secret with a known id',
    file: check,
    from: '!timingSafeEqual(Buffer.from(found.keyHash), Buffer.from(hash))',
    to: 'false',
  },
  {
    row: 'AU7',
    name: 'ends a key at once when it is rotated',
    file: changes,
    from: 'Math.min(expiry, now + overlapMs)',
    to: 'now',
  },
  {
    row: 'AU7',
    name: 'never ends a key that was rotated',
    file: changes,
    from: 'Math.min(expiry, now + overlapMs)',
    to: 'now + 86_400_000',
  },
  {
    row: 'AU7',
    name: 'stores keys as they are',
    file: format,
    from: "return hash('sha256', key, 'base64url');",
    to: 'return key;',
  },
  {
    row: 'AU7',
    name: 'does not look into X-API-Key',
    file: check,
    from: 'return own === undefined ? undefined : other;',
    to: 'return undefined;',
  },
];

const pythonCheck = 'app/auth/key_check.py';

/** Changes to a project of FastAPI whose callers have API keys. */
export const pythonApiKeys: Mutant[] = [
  {
    row: 'AU7',
    name: 'relies for a minute on what it knows of a key',
    file: pythonCheck,
    from: 'FRESH_S: Final = 3.0',
    to: 'FRESH_S: Final = 60.0',
  },
  {
    row: 'AU7',
    name: 'does not look whether a key is revoked',
    file: pythonCheck,
    from: 'if key.revoked_at is not None:',
    to: 'if False:',
  },
  {
    row: 'AU7',
    name: 'takes any secret with a known id',
    file: pythonCheck,
    from: ' or not hmac.compare_digest(found[1], key_hash)',
    to: '',
  },
  {
    row: 'AU7',
    name: 'ends a key at once when it is rotated',
    file: 'app/auth/key_changes.py',
    from: 'end = min(now + overlap, expiry) if expiry else now + overlap',
    to: 'end = now',
  },
  {
    row: 'AU7',
    name: 'never ends a key that was rotated',
    file: 'app/auth/key_changes.py',
    from: 'end = min(now + overlap, expiry) if expiry else now + overlap',
    to: 'end = now + timedelta(days=1)',
  },
  {
    row: 'AU7',
    name: 'stores keys as they are',
    file: 'app/auth/key_format.py',
    from: 'return urlsafe_b64encode(sha256(key.encode()).digest()).rstrip(b"=").decode()',
    to: 'return key',
  },
  {
    row: 'AU7',
    name: 'does not look into X-API-Key',
    file: 'app/auth/scheme.py',
    from: 'key = bearer if own is None else own',
    to: 'key = bearer',
  },
];
