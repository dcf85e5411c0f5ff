import { jwtVerify, SignJWT } from 'jose';
import type { Config } from '../config.js';
import type { CallContext } from '../context.js';
import type { Database } from '../database/database.js';
import type { Mail, Mailer } from '../mail/mailer.js';
import { Problem } from '../problem.js';
import { accounts, canonicalEmail } from './accounts.js';
import { algorithm, type SigningKeys } from './signing-keys.js';

/** Tells these tokens from access tokens (RFC 8725, section 3.11). */
const tokenType = 'registration+jwt';

type Settings = Pick<
  Config,
  'JWT_AUDIENCE' | 'JWT_ISSUER' | 'OTEL_SERVICE_NAME' | 'REGISTRATION_TTL_S' | 'REGISTRATION_URL'
>;

/**
 * Makes accounts for addresses. The response says nothing about an account: the answer goes to the address, by mail. A new one
 * gets a token there, a signed text that names the address; nothing is kept until it comes back.
 */
export class Registration {
  constructor(
    private readonly config: Settings,
    private readonly keys: SigningKeys,
    private readonly database: Database,
    private readonly mailer: Mailer | undefined,
  ) {}

  /**
   * Sends a mail to the address: a token, or that it has an account.
   * @throws Problem `forbidden` when no mail can be sent at all, `dependency-unavailable` when none can be sent now
   */
  async begin(email: string, context: CallContext): Promise<void> {
    if (!this.mailer) throw new Problem('forbidden', { detail: 'Registration is closed.' });
    const known = await accounts.byEmail(this.database, email, context);
    await this.mailer.send(known ? this.#reminder(email) : await this.#invitation(email), context);
  }

  /** The address that a token was sent to. @throws Problem `validation-failed`, the same whatever is wrong with it */
  async emailOf(token: string): Promise<string> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.keys.verifying.get(kid ?? '')!, {
        algorithms: [algorithm],
        typ: tokenType,
        issuer: this.config.JWT_ISSUER,
        audience: this.config.JWT_AUDIENCE,
        requiredClaims: ['sub', 'exp'],
      });
      return payload.sub!;
    } catch (cause) {
      const detail = 'The token is expired or not valid: register again.';
      const errors = [{ pointer: '#/token', code: 'expired', detail: 'is expired or not valid' }];
      throw new Problem('validation-failed', { detail, errors, cause });
    }
  }

  async #invitation(email: string): Promise<Mail> {
    const { OTEL_SERVICE_NAME: service, REGISTRATION_TTL_S: ttl, REGISTRATION_URL: page } = this.config;
    const token = await this.#token(email);
    // Behind a #: servers and other sites never see it.
    const way = page ? `Choose a password:\n\n${page}#token=${token}` : `Your token:\n\n${token}`;
    return {
      to: email,
      subject: `Your account at ${service}`,
      text: `${way}\n\nIt is good for ${Math.ceil(ttl / 60)} minutes. If you did not ask for it, ignore this mail.\n`,
    };
  }

  #reminder(email: string): Mail {
    const service = this.config.OTEL_SERVICE_NAME;
    return {
      to: email,
      subject: `Your account at ${service}`,
      text: `Somebody asked to register this address at ${service}. It has an account already: sign in.\n\nIf it was not you, ignore this mail.\n`,
    };
  }

  #token(email: string): Promise<string> {
    const { kid, privateKey } = this.keys.current;
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT()
      .setProtectedHeader({ alg: algorithm, typ: tokenType, kid })
      .setIssuer(this.config.JWT_ISSUER)
      .setAudience(this.config.JWT_AUDIENCE)
      .setSubject(canonicalEmail(email))
      .setIssuedAt(now)
      .setExpirationTime(now + this.config.REGISTRATION_TTL_S)
      .sign(privateKey);
  }
}
