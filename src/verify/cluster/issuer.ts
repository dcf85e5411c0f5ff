import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jwkOf, newSigningKey, thumbprintOf } from '../http/tokens.js';
import type { Issuer } from './api.js';

/** The setting of projects whose tokens come from an issuer of OpenID Connect. */
export const issuerSetting = 'OIDC_ISSUER';

const latencyMs = 100;

/** An issuer with one key, whose answers can fail. */
export class OwnIssuer implements Issuer {
  key = newSigningKey();
  fetches = 0;
  #fault: 'down' | 'hung' | undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      if (this.#fault === 'hung') return;
      if (this.#fault === 'down') return void request.socket.destroy();
      const answer = this.#answer(request.url ?? '');
      response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
      // As long as a network takes: requests that come at once have to wait for the same answer.
      setTimeout(() => response.end(JSON.stringify(answer ?? {})), latencyMs);
    });
  }

  static async open(): Promise<OwnIssuer> {
    const issuer = new OwnIssuer();
    await new Promise<void>((resolve) => issuer.#server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  rotate(): void {
    this.key = newSigningKey();
  }

  fail(fault: 'down' | 'hung'): void {
    this.#fault = fault;
  }

  restore(): void {
    this.#fault = undefined;
    // Those that hang get no answer any more.
    this.#server.closeAllConnections();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(path: string): object | undefined {
    const metadata = {
      issuer: this.url,
      jwks_uri: `${this.url}/keys`,
      authorization_endpoint: `${this.url}/authorize`,
      token_endpoint: `${this.url}/token`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    };
    if (path === '/.well-known/openid-configuration') return metadata;
    if (path !== '/keys') return undefined;
    this.fetches += 1;
    return { keys: [{ ...jwkOf(this.key), kid: thumbprintOf(this.key), alg: 'ES256', use: 'sig' }] };
  }
}
