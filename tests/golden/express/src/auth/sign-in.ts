import { createHmac } from 'node:crypto';
import { Counter } from 'prom-client';
import type { Config } from '../config.js';
import type { CallContext } from '../context.js';
import type { Database, Transaction } from '../database/database.js';
import { rateLimitHeaders } from '../http/rate-limit-headers.js';
import { Problem } from '../problem.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { AccessTokens } from './access-tokens.js';
import { createAccount } from './account-changes.js';
import { type Account, accounts, type Credentials, canonicalEmail, type OwnAccount } from './accounts.js';
import { invalidToken } from './bearer-tokens.js';
import type { FailedSignIns } from './failed-sign-ins.js';
import type { Passwords } from './passwords.js';
import type { Registration } from './registration.js';
import type { Role } from './roles.js';
import { sessions } from './sessions.js';

/** The role of new accounts. */
const firstRole: Role = 'reader';

/** The tokens of a new session. */
export interface Tokens {
  tokenType: 'Bearer';
  accessToken: string;
  /** Seconds until the access token expires. */
  expiresIn: number;
  refreshToken: string;
  account: Account;
}

interface Dependencies {
  config: Pick<
    Config,
    'ACCESS_TOKEN_TTL_S' | 'CURSOR_SECRET' | 'OTEL_SERVICE_NAME' | 'REFRESH_GRACE_S' | 'REFRESH_TOKEN_TTL_S'
  >;
  log: Log;
  metrics: Metrics;
  database: Database;
  tokens: AccessTokens;
  passwords: Passwords;
  failures: FailedSignIns;
  registration: Registration;
}

/** Accounts and sessions: what the operations under /v1/auth do. */
export class SignIn {
  readonly #events: Counter<'event'>;

  constructor(private readonly given: Dependencies) {
    this.#events = new Counter({
      name: 'auth_events_total',
      help: 'Sign-ins and the like: mailed, registered, signed-in, refused, limited, refreshed, refresh-conflict, token-refused, token-reused, signed-out.',
      labelNames: ['event'],
      registers: [given.metrics.registry],
    });
  }

  /** Sends a mail to an address that wants an account. @throws as `Registration.begin` */
  async register(email: string, context: CallContext): Promise<void> {
    await this.given.registration.begin(email, context);
    this.#events.inc({ event: 'mailed' });
  }

  /**
   * Makes the account of the address that the token was sent to, which may read, and signs it in.
   * @throws Problem `validation-failed` (the token, a weak password), `conflict` (there is an account), `overloaded`
   */
  async confirm(token: string, password: string, context: CallContext): Promise<Tokens> {
    const email = await this.given.registration.emailOf(token);
    const start = async (transaction: Transaction, account: OwnAccount) => ({
      account,
      refreshToken: await this.#start(transaction, account),
    });
    const signedIn = await createAccount(this.given, { email, password }, firstRole, context, start);
    this.#events.inc({ event: 'registered' });
    return this.#tokens(signedIn, context);
  }

  /**
   * @throws Problem `unauthenticated`, the same and as slow for a wrong password as for an unknown account;
   * `rate-limited` after too many of them
   */
  async login(credentials: Credentials, context: CallContext): Promise<Tokens> {
    const { database, failures, metrics, passwords } = this.given;
    const { email, password } = credentials;
    const { verdict, found } = await failures.attempt(email, context.address, () =>
      this.#verified(credentials, context),
    );
    if (!verdict.allowed) {
      this.#events.inc({ event: 'limited' });
      const fields = { accountHash: this.#accountHash(email) };
      this.#warn('too many failed sign-ins', 'authn_login_fail_max', fields, context);
      metrics.rateLimited.inc({ policy: verdict.policy.name });
      throw new Problem('rate-limited', {
        detail: `Try again in ${verdict.retryAfterSeconds} s.`,
        headers: { ...rateLimitHeaders(verdict), 'retry-after': `${verdict.retryAfterSeconds}` },
      });
    }
    if (!found) {
      this.#events.inc({ event: 'refused' });
      this.#warn('sign-in refused', 'authn_login_fail', { accountHash: this.#accountHash(email) }, context);
      throw new Problem('unauthenticated', {
        detail: 'The e-mail address or the password is wrong.',
        headers: { 'www-authenticate': 'Bearer' },
      });
    }
    const { account, passwordHash } = found;
    const renewed = passwords.isOutdated(passwordHash) ? await passwords.hash(password, context) : undefined;
    const refreshToken = await database.transaction(context, async (transaction) => {
      if (renewed !== undefined) await accounts.setPasswordHash(transaction, account.id, renewed);
      return this.#start(transaction, account);
    });
    this.#events.inc({ event: 'signed-in' });
    return this.#tokens({ account, refreshToken }, context);
  }

  /** The account; undefined when there is none or its password is another. */
  async #verified({ email, password }: Credentials, context: CallContext) {
    const { database, passwords } = this.given;
    // Before the transaction, not in it: a connection must not wait for the hash.
    const found = await accounts.byEmail(database, email, context);
    const matches = await passwords.verify(found?.passwordHash, password, context);
    return matches ? found : undefined;
  }

  /**
   * A new pair for a refresh token, which is void from then on. Roles are read anew.
   * @throws Problem `conflict` for a token that was exchanged less than REFRESH_GRACE_S seconds ago, `unauthenticated`
   * for any other that is not the newest; one that was used before also ends its session
   */
  async refresh(refreshToken: string, context: CallContext): Promise<Tokens> {
    const { config, database } = this.given;
    const outcome = await database.transaction(context, async (transaction) => {
      const rotated = await sessions.rotate(transaction, refreshToken, config.REFRESH_TOKEN_TTL_S);
      if (!rotated) {
        const conflict = await sessions.justRotated(transaction, refreshToken, config.REFRESH_GRACE_S);
        return conflict ? { conflict } : { endedFor: await sessions.end(transaction, refreshToken) };
      }
      return { account: await accounts.byIdIn(transaction, rotated.accountId), refreshToken: rotated.token };
    });
    const { account, conflict } = outcome;
    if (conflict) {
      this.#events.inc({ event: 'refresh-conflict' });
      throw new Problem('conflict', {
        detail: 'The refresh token was exchanged a moment ago: use the tokens of that exchange.',
        headers: { 'retry-after': '1' },
      });
    }
    if (!account) {
      const event = outcome.endedFor === undefined ? 'token-refused' : 'token-reused';
      this.#events.inc({ event });
      if (outcome.endedFor !== undefined) {
        const fields = { accountId: outcome.endedFor };
        this.#warn('refresh token reused, session ended', 'authn_token_reuse', fields, context);
      }
      throw invalidToken();
    }
    this.#events.inc({ event: 'refreshed' });
    return this.#tokens({ account, refreshToken: outcome.refreshToken }, context);
  }

  /** Ends the session; nothing happens when there is none. */
  async logout(refreshToken: string, context: CallContext): Promise<void> {
    await this.given.database.transaction(context, (transaction) => sessions.end(transaction, refreshToken));
    this.#events.inc({ event: 'signed-out' });
  }

  /** The caller's own account. @throws Problem `unauthenticated` when it is gone */
  async me(context: CallContext): Promise<Account> {
    const account = await accounts.byId(this.given.database, context.principal.id, context);
    if (!account) throw invalidToken();
    return shown(account);
  }

  /** Logs an event by its name in the OWASP logging vocabulary. */
  #warn(message: string, event: string, fields: object, { address, requestId }: CallContext): void {
    this.given.log.warn({ event, clientAddress: address, ...fields, requestId }, message);
  }

  /** Tells accounts apart in logs: nobody without the secret can try addresses against it. */
  #accountHash(email: string): string {
    const mac = createHmac('sha256', this.given.config.CURSOR_SECRET);
    return mac
      .update(`account:${canonicalEmail(email)}`)
      .digest('hex')
      .slice(0, 16);
  }

  #start(transaction: Transaction, account: Account): Promise<string> {
    return sessions.start(transaction, account.id, this.given.config.REFRESH_TOKEN_TTL_S);
  }

  async #tokens(
    { account, refreshToken }: { account: OwnAccount; refreshToken: string },
    { address }: CallContext,
  ): Promise<Tokens> {
    await this.given.failures.remember(account.email, address);
    return {
      tokenType: 'Bearer',
      accessToken: await this.given.tokens.issue({ ...account, tenant: account.tenant ?? undefined }),
      expiresIn: this.given.config.ACCESS_TOKEN_TTL_S,
      refreshToken,
      account: shown(account),
    };
  }
}

/** An account without what belongs to the server. */
function shown({ tenant: _, ...account }: OwnAccount): Account {
  return account;
}
