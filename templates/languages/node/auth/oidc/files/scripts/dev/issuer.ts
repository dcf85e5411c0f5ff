import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { type Configuration, interactionPolicy } from 'oidc-provider';
import { type Role, roles, rolesUpTo } from '../../src/auth/roles.js';

/** Secret of the clients that are named like people. Nobody but this machine reaches the issuer. */
export const clientSecret = 'development';
/** Resources have URLs at the issuer; tokens name the audience. */
const resource = 'urn:development:api';
const tokenSeconds = 3600;
/** The tenant of the sample rows. */
const tenant = '00000000-0000-0000-0000-000000000000';

/** Who can sign in, and the claims of their tokens: one for each role, and administrators of another tenant and of none. */
export const people: Readonly<Record<string, { roles: Role[]; tenant?: string }>> = {
  ...Object.fromEntries(roles.map((role) => [role, { roles: rolesUpTo(role), tenant }])),
  stranger: { roles: rolesUpTo('admin'), tenant: 'another' },
  alone: { roles: rolesUpTo('admin') },
};

/**
 * Starts an issuer of OpenID Connect for development and tests. Who signs in chooses one of the people; clients of the same
 * names get tokens with the same claims by client credentials.
 * @param docs URLs of the page of documentation
 * @returns how to stop it
 */
export async function startIssuer(
  port: number,
  audience: string,
  docs: string[],
): Promise<() => Promise<void>> {
  const issuer = `http://localhost:${port}`;
  const provider = new Provider(issuer, await configuration(audience, docs));
  const answer = provider.callback();
  const server = createServer((req, res) => {
    if (req.url?.startsWith('/interaction/')) signIn(provider, req, res).catch((error) => res.destroy(error));
    else answer(req, res);
  });
  server.listen(port, 'localhost');
  await once(server, 'listening');
  return async () => {
    server.close();
    server.closeAllConnections();
  };
}

async function configuration(audience: string, docs: string[]): Promise<Configuration> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const withoutConsent = interactionPolicy.base();
  withoutConsent.remove('consent');
  return {
    jwks: {
      keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: crypto.randomUUID() }],
    },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clients: [
      {
        client_id: 'docs',
        token_endpoint_auth_method: 'none',
        redirect_uris: docs,
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
      ...Object.keys(people).map((name) => ({
        client_id: name,
        client_secret: clientSecret,
        redirect_uris: [],
        grant_types: ['client_credentials'],
        response_types: [],
      })),
    ],
    clientBasedCORS: () => true,
    cookies: { keys: [crypto.randomUUID()] },
    pkce: { required: () => true },
    scopes: ['openid'],
    ttl: {
      AccessToken: tokenSeconds,
      ClientCredentials: tokenSeconds,
      Grant: tokenSeconds,
      IdToken: tokenSeconds,
      Interaction: tokenSeconds,
      Session: tokenSeconds,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'openid',
          audience,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    extraTokenClaims: (_ctx, token) => {
      const id = 'accountId' in token ? token.accountId : token.clientId;
      return people[id ?? ''] ?? { roles: [] };
    },
    interactions: { policy: withoutConsent, url: (_ctx, { uid }) => `/interaction/${uid}` },
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client!.clientId,
        accountId: oidc.account!.accountId,
      });
      grant.addOIDCScope('openid');
      grant.addResourceScope(resource, 'openid');
      await grant.save();
      return grant;
    },
  };
}

/** The page that asks who signs in, and what follows its buttons. */
async function signIn(provider: Provider, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(req.url!, provider.issuer);
  const chosen = searchParams.get('as');
  if (chosen) return provider.interactionFinished(req, res, { login: { accountId: chosen } });
  const links = Object.keys(people).map((name) => `<li><a href="${pathname}?as=${name}">${name}</a></li>`);
  res.setHeader('content-type', 'text/html; charset=utf-8');
  res.end(`<!doctype html><title>Sign in</title><h1>Sign in as</h1><ul>${links.join('')}</ul>`);
}
