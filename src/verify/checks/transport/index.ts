import type { Api } from '../../cluster/api.js';
import type { Exchange, Response } from '../../http/exchange.js';
import { expectHeader, expectThat, Hindrance, Mismatch, summary } from '../../http/expectations.js';
import { NotApplicable, type Row } from '../row.js';

const group = 'transport';
/** A name that nobody has (RFC 2606). */
const foreign = ['https://evil.example', 'null'];

/** Rows on what is between an API that was not generated, or is at a URL, and its callers: TLS, cookies, browsers. */
export const transport: Row[] = [
  {
    id: 'TL1',
    group,
    title: 'the certificate',
    expected: 'a certificate for the name of the URL, within its time, from an authority that is trusted',
    source: 'RFC 9525, section 6; RFC 5280, section 6.1',
    remedy:
      'Renew the certificate, send the whole chain, and name the host in it; NODE_EXTRA_CA_CERTS names an authority of your own.',
    evidence: [],
    needs: ['url', 'https'],
    quick: true,
    // The versions, and http, can be asked all the same.
    hinders: ({ id }) => !['TL2', 'TL4'].includes(id),
    async run(api) {
      const { error, protocol } = await api.handshake();
      if (error !== undefined)
        throw new Hindrance(
          protocol === undefined ? 'no TLS connection' : 'the certificate is not trusted',
          `a certificate for ${new URL(originOf(api)).hostname} that is trusted`,
          error,
        );
    },
  },
  {
    id: 'TL2',
    group,
    title: 'versions of TLS',
    expected: 'TLS 1.2 or 1.3, and no connection with TLS 1.0 or 1.1',
    source: 'RFC 8996, sections 4 and 5; RFC 9325, section 3.1.1',
    remedy: 'Set the least version to TLS 1.2 where TLS ends.',
    evidence: [],
    needs: ['url', 'https'],
    quick: true,
    async run(api) {
      const { protocol, error } = await api.handshake();
      expectThat(
        protocol === 'TLSv1.2' || protocol === 'TLSv1.3',
        'a connection with TLS 1.2 or 1.3',
        protocol ?? error,
      );
      for (const version of ['TLSv1', 'TLSv1.1'] as const) {
        const old = await api.handshake({ least: version, most: version });
        expectThat(old.protocol === undefined, `no connection with ${version}`, `one with ${old.protocol}`);
      }
    },
  },
  {
    id: 'TL3',
    group,
    title: 'browsers use https only',
    expected: 'Strict-Transport-Security with a max-age above 0, on errors too',
    source: 'RFC 6797, sections 6.1.1 and 7.1; RFC 9325, section 3.2',
    remedy: 'Set the header on every answer where TLS ends: Strict-Transport-Security: max-age=31536000.',
    evidence: [],
    needs: ['url', 'https'],
    quick: true,
    async run(api) {
      for (const response of await usualAnswers(api))
        expectHeader(response, 'Strict-Transport-Security', /\bmax-age="?[1-9]\d*/i);
    },
  },
  {
    id: 'TL4',
    group,
    title: 'http gives nothing away',
    expected:
      'a redirect to https with 301 or 308, or no answer, at port 80 for port 443, else at the same port',
    source: 'RFC 6797, section 7.2; RFC 9325, section 3.2',
    remedy: 'Redirect every request over http where TLS ends, before it reaches the API, or close the port.',
    evidence: [],
    needs: ['url', 'https'],
    quick: true,
    async run(api) {
      const { host, hostname, port } = new URL(originOf(api));
      const to = `http://${port === '' ? hostname : host}`;
      for (const { path } of paths(api)) {
        const response = await api.trySend({ path, to });
        if (!response || response.status >= 400) continue;
        expectThat(
          [301, 308].includes(response.status) && /^https:\/\//i.test(response.headers.location ?? ''),
          `a redirect from ${to} to https`,
          summary(response),
        );
      }
    },
  },
  {
    id: 'CK1',
    group,
    title: 'cookies',
    expected:
      'Secure over https, HttpOnly but for tokens against forged requests, and SameSite; SameSite=None only with Secure',
    source: 'RFC 6265, sections 4.1.2.5, 4.1.2.6 and 8.3; OWASP ASVS V3.3',
    remedy: 'Set the attributes where the cookie is made; scripts need no session cookie.',
    evidence: [],
    needs: ['outside'],
    quick: true,
    last: true,
    async run(api) {
      await usualAnswers(api);
      if (api.cookies.length === 0) throw new NotApplicable('no answer sets a cookie');
      for (const { exchange, text } of api.cookies) expectGuarded(api, exchange, text);
    },
  },
  {
    id: 'SE2',
    group,
    title: 'a browser cannot misread answers, or frame them',
    expected:
      'X-Content-Type-Options: nosniff; for pages, a Content-Security-Policy with frame-ancestors, or X-Frame-Options',
    source: 'Fetch Standard, "X-Content-Type-Options"; CSP Level 3, section 6.4.2; OWASP ASVS V3.4',
    remedy: 'Set both headers on every answer, before anything can fail.',
    evidence: [],
    needs: ['outside'],
    quick: true,
    last: true,
    async run(api) {
      const answers = await usualAnswers(api);
      if (!originOf(api).startsWith('https:') && api.cookies.length === 0)
        throw new NotApplicable('neither https nor cookies: browsers keep nothing for it');
      for (const response of answers) {
        expectHeader(response, 'X-Content-Type-Options', /^nosniff$/i);
        if (!/text\/html/i.test(response.headers['content-type'] ?? '')) continue;
        const framed =
          /frame-ancestors/i.test(response.headers['content-security-policy'] ?? '') ||
          /^(deny|sameorigin)$/i.test(response.headers['x-frame-options'] ?? '');
        expectThat(framed, 'frame-ancestors, or X-Frame-Options, on a page', summary(response));
      }
    },
  },
  {
    id: 'SE3',
    group,
    title: 'pages of other origins',
    expected:
      'no Access-Control-Allow-Origin for an unknown origin or "null" with credentials; Vary with Origin where the origin is named',
    source: 'Fetch Standard, "CORS protocol"; OWASP ASVS V3.4.2',
    remedy: 'Compare the origin with a list, and never send back what came.',
    evidence: [],
    needs: ['outside'],
    quick: true,
    async run(api) {
      for (const { path, as } of paths(api))
        for (const origin of foreign)
          for (const method of ['GET', 'OPTIONS']) {
            const headers: Record<string, string> = { origin };
            if (method === 'OPTIONS') headers['access-control-request-method'] = 'POST';
            const response = await api.send({
              method,
              path,
              headers,
              ...(as && method === 'GET' ? { as } : {}),
            });
            expectOriginRefused(response, origin);
          }
    },
  },
  {
    id: 'SE4',
    group,
    title: 'no versions of software in headers',
    expected: 'neither X-Powered-By nor a Server with a version',
    source: 'RFC 9110, section 10.2.4; OWASP ASVS V13.4.6',
    remedy: 'Turn them off where TLS ends (server_tokens off in nginx) and in the framework.',
    evidence: [],
    needs: ['outside'],
    quick: true,
    async run(api) {
      for (const { headers } of await usualAnswers(api)) {
        const { server = '', 'x-powered-by': powered } = headers;
        expectThat(powered === undefined, 'no X-Powered-By', `X-Powered-By: ${powered}`);
        expectThat(!/\/\d/.test(server), 'a Server without a version', `Server: ${server}`);
      }
    },
  },
];

function originOf(api: Api): string {
  return new URL(api.origins[0]!).origin;
}

/** A read of the document, and what is not there. */
function paths({ contract }: Api): { path: string; as?: 'reader' }[] {
  const read = contract.operations.find(({ method, path }) => method === 'GET' && !path.includes('{'));
  return [...(read ? [{ path: read.path, as: 'reader' as const }] : []), { path: '/there-is-nothing-here' }];
}

async function usualAnswers(api: Api): Promise<Response[]> {
  const answers: Response[] = [];
  for (const { path, as } of paths(api)) answers.push(await api.send({ path, ...(as ? { as } : {}) }));
  return answers;
}

function expectGuarded(api: Api, exchange: Exchange, cookie: string): void {
  const [pair = '', ...attributes] = cookie.split(';').map((part) => part.trim());
  const name = pair.split('=')[0]!;
  const has = (pattern: RegExp) => attributes.some((attribute) => pattern.test(attribute));
  const operation = api.contract.operationOf(exchange);
  const expectIt = (holds: boolean, wanted: string) => {
    if (!holds)
      throw new Mismatch(`${wanted} of the cookie "${name}"`, attributes.join('; ') || 'no attributes', {
        exchange,
        operations: operation ? [operation] : [],
      });
  };
  const secure = has(/^secure$/i);
  expectIt(secure || !exchange.url.startsWith('https:'), 'Secure');
  expectIt(has(/^httponly$/i) || /csrf|xsrf/i.test(name), 'HttpOnly');
  expectIt(has(/^samesite=(lax|strict|none)$/i), 'SameSite');
  expectIt(secure || !has(/^samesite=none$/i), 'Secure, as SameSite=None needs it,');
}

function expectOriginRefused(response: Response, origin: string): void {
  const { 'access-control-allow-origin': allowed, 'access-control-allow-credentials': credentials } =
    response.headers;
  if (allowed === undefined || allowed === '*') return;
  expectThat(
    allowed !== origin || !/true/i.test(credentials ?? ''),
    `no Access-Control-Allow-Origin for "${origin}", with credentials`,
    allowed,
  );
  // A cache between must not give the answer of one origin to another.
  expectHeader(response, 'Vary', /\borigin\b|\*/i);
}
