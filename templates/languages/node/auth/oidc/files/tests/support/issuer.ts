import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** An issuer that can fail, and that signs any claims. */
export async function openIssuer(audience: string) {
  let key = await newKey();
  let fetches = 0;
  let down = false;
  const server = createServer((req, res) => {
    if (down) return void req.socket.destroy();
    if (req.url === '/keys') fetches += 1;
    const { port } = server.address() as AddressInfo;
    const issuer = `http://127.0.0.1:${port}`;
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify(req.url === '/keys' ? key.jwks : { issuer, jwks_uri: `${issuer}/keys` }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    fetches: () => fetches,
    setDown(value: boolean) {
      down = value;
    },
    /** From now on, another key signs, and it alone is published. */
    async rotate() {
      key = await newKey();
    },
    /** A token with these claims and header members over those of a good one; undefined leaves one out. */
    sign(claims: JWTPayload = {}, header: { typ?: string | undefined; kid?: string } = {}): Promise<string> {
      const now = Math.floor(Date.now() / 1000);
      const good = { iss: url, aud: audience, sub: 'ada', iat: now, exp: now + 60, roles: ['editor'] };
      return new SignJWT({ ...good, ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, ...header })
        .sign(key.privateKey);
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function newKey() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const kid = randomUUID();
  return { kid, privateKey, jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, use: 'sig' }] } };
}
