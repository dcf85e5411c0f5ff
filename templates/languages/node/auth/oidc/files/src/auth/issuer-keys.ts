import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTHeaderParameters,
} from 'jose';
import { Agent, fetch } from 'undici';
import { Problem } from '../problem.js';
import type { Log } from '../telemetry/log.js';

/** Of metadata and keys together. */
const fetchMs = 2000;
const maxResponseSize = 1_048_576;
/** How soon keys that the issuer has withdrawn are refused. */
const renewalMs = 600_000;
/** An issuer that did not answer is asked again sooner. */
const retryMs = 5000;

interface Given {
  /** URL of the issuer, as in tokens. */
  issuer: string;
  /** Between two fetches for unknown keys. */
  cooldownMs: number;
  log: Log;
}

/** The public keys of the issuer (RFC 7517), found by OpenID Connect Discovery. Known keys stay while it is down. */
export class IssuerKeys {
  #find: ReturnType<typeof createLocalJWKSet> | undefined;
  #fetching: Promise<void> | undefined;
  #failed = false;
  #nextFetch = 0;
  readonly #agent = new Agent({ connections: 1, maxResponseSize });
  readonly #timer: NodeJS.Timeout;

  /** @param onChange is called when the keys are others than before */
  constructor(
    private readonly given: Given,
    private readonly onChange: () => void,
  ) {
    this.#timer = setInterval(() => void this.#renew(), renewalMs).unref();
    void this.#renew();
  }

  /**
   * The key that a token names. An unknown one can be new: the keys are fetched again then, once for all who wait.
   * @throws Problem `dependency-unavailable` when the issuer cannot be asked, as the token may be good
   */
  async find(header: JWTHeaderParameters): Promise<CryptoKey> {
    if (header.kid === undefined) throw new Error('the token names no key');
    const known = await this.#known(header);
    if (known) return known;
    if (this.#fetching || performance.now() >= this.#nextFetch) await this.#renew();
    const fetched = await this.#known(header);
    if (fetched) return fetched;
    if (!this.#failed) throw new Error('the token names no key of the issuer');
    const seconds = Math.max(1, Math.ceil((this.#nextFetch - performance.now()) / 1000));
    throw new Problem('dependency-unavailable', {
      detail: 'The issuer of access tokens is not available at the moment.',
      headers: { 'retry-after': String(seconds) },
    });
  }

  close(): void {
    clearInterval(this.#timer);
    void this.#agent.destroy();
  }

  async #known(header: JWTHeaderParameters): Promise<CryptoKey | undefined> {
    try {
      return await this.#find?.(header);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return undefined;
      throw error;
    }
  }

  #renew(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    const { issuer, cooldownMs, log } = this.given;
    try {
      const find = createLocalJWKSet(await this.#keys(issuer));
      const changed = JSON.stringify(find.jwks()) !== JSON.stringify(this.#find?.jwks());
      if (changed) {
        this.#find = find;
        this.onChange();
      }
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      log.warn({ err: error, issuer }, 'the keys of the issuer could not be fetched');
    }
    this.#nextFetch = performance.now() + (this.#failed ? Math.min(retryMs, cooldownMs) : cooldownMs);
  }

  async #keys(issuer: string): Promise<JSONWebKeySet> {
    const signal = AbortSignal.timeout(fetchMs);
    const read = async (url: string): Promise<unknown> => {
      if (!isTrustworthy(url)) throw new Error(`${url} is neither HTTPS nor on this machine`);
      const response = await fetch(url, { signal, redirect: 'error', dispatcher: this.#agent });
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      return response.json();
    };
    const place = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const metadata = (await read(place)) as { issuer: string; jwks_uri: string };
    if (metadata.issuer !== issuer) throw new Error(`the metadata is of the issuer ${metadata.issuer}`);
    const jwks = (await read(metadata.jwks_uri)) as JSONWebKeySet;
    if (jwks.keys?.length === 0) throw new Error('the issuer has no keys');
    return jwks;
  }
}

/** Whether nobody on the way can change what that URL answers. */
export function isTrustworthy(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
