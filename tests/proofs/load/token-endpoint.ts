import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

const secret = 'the secret of the loads';
/** So short that even a short load renews its tokens. */
const lifeS = 3;

/** The token endpoint of an issuer, for one client. @param tokenOf gives a new access token */
export async function openTokenEndpoint(
  tokenOf: () => string,
): Promise<{ env: Record<string, string>; issued(): number; close(): void }> {
  let issued = 0;
  const server = http.createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const form = Object.fromEntries(new URLSearchParams(text));
    const known =
      form.grant_type === 'client_credentials' && form.client_secret === secret && form.scope === 'api';
    response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
    if (known) issued += 1;
    const token = known && { access_token: tokenOf(), token_type: 'Bearer', expires_in: lifeS };
    response.end(JSON.stringify(token || { error: 'invalid_client' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    env: {
      LOAD_TOKEN_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
      LOAD_CLIENT_ID: 'loads',
      LOAD_CLIENT_SECRET: secret,
      LOAD_TOKEN_PARAMETERS: 'scope=api',
    },
    issued: () => issued,
    close: () => server.close(),
  };
}
