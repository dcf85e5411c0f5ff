import { parseArgs } from 'node:util';
import { inBackground } from '../background.js';
import { loadConfig } from '../config.js';
import { createDatabase } from '../database/connect.js';
import { createLog } from '../telemetry/log.js';
import { createMetrics } from '../telemetry/metrics.js';
import { createKeys, type MadeKey, revokeKey, rotateKey } from './key-changes.js';
import { type Key, keys } from './keys.js';
import { type Role, roles, rolesUpTo } from './roles.js';
import { isTenant } from './tenants.js';

const usage = `usage: npm run key -- create NAME ROLE [NAME ROLE …] [--tenant TENANT] [--expires 90d] | list | rotate ID [--overlap 24h] | revoke ID
roles: ${roles.join(', ')}; times: 30s, 15m, 24h, 90d; --json prints JSON. The key that the variable KEY has is stored instead of a new one.
A tenant is named in up to 255 visible ASCII characters`;

const milliseconds: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Makes API keys and ends them, from a shell on the server. */
async function main(args: string[]): Promise<string> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      tenant: { type: 'string' },
      expires: { type: 'string' },
      overlap: { type: 'string', default: '24h' },
      json: { type: 'boolean', default: false },
    },
  });
  const [action, ...rest] = positionals;
  const life = values.expires === undefined ? undefined : duration(values.expires);
  const overlap = duration(values.overlap);
  if (action === 'create' ? !arePurposes(rest) : rest.length !== (action === 'list' ? 0 : 1))
    throw new Error(usage);
  const { tenant = null } = values;
  if (tenant !== null && !isTenant(tenant)) throw new Error(usage);
  const config = loadConfig(process.env);
  const database = await createDatabase({ config, log: createLog(config), metrics: createMetrics() });
  const parts = { database, prefix: config.API_KEY_PREFIX };
  const shown = (found: readonly Partial<MadeKey>[]) =>
    values.json ? JSON.stringify(found) : found.map(lineOf).join('\n');
  const id = rest[0]!;
  try {
    return await inBackground(async (context) => {
      switch (action) {
        case 'create': {
          const expiresAt = life === undefined ? null : new Date(Date.now() + life).toISOString();
          const purposes = pairs(rest).map(([name, role]) => ({
            ...{ name, roles: rolesUpTo(role), tenant, expiresAt },
          }));
          return shown(await createKeys(parts, purposes, context, process.env.KEY || undefined));
        }
        case 'list':
          return shown(await keys.all(database, context));
        case 'rotate':
          return shown([await rotateKey(parts, id, overlap, context)]);
        case 'revoke':
          return shown([await revokeKey(database, id, context)]);
        default:
          throw new Error(usage);
      }
    });
  } finally {
    await database.close();
  }
}

function pairs(words: readonly string[]): [string, Role][] {
  return words.flatMap((name, place) => (place % 2 === 0 ? [[name, words[place + 1] as Role]] : []));
}

function arePurposes(words: readonly string[]): boolean {
  return words.length > 0 && pairs(words).every(([name, role]) => name !== '' && roles.includes(role));
}

function duration(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (unit === undefined) throw new Error(usage);
  return Number(count) * milliseconds[unit]!;
}

function lineOf(key: Partial<MadeKey> & Partial<Key>): string {
  const state = [
    key.tenant ? `tenant ${key.tenant}` : '',
    key.expiresAt ? `expires ${key.expiresAt}` : 'does not expire',
    key.revokedAt ? `revoked ${key.revokedAt}` : '',
    key.lastUsedAt ? `last used ${key.lastUsedAt}` : '',
    key.key ? `\n  ${key.key} (shown once)` : '',
  ].filter(Boolean);
  return [key.id, key.name, key.roles?.join(','), `client ${key.clientId}`, ...state].join('  ');
}

main(process.argv.slice(2)).then(
  (text) => {
    console.log(text);
    process.exit(0);
  },
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
