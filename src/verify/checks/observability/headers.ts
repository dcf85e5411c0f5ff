import type { Api } from '../../cluster/api.js';
import { allowedOrigin } from '../../cluster/settings.js';
import type { Response } from '../../http/exchange.js';
import { expectEqual, expectHeader, expectStatus, expectThat } from '../../http/expectations.js';
import { NotApplicable, type Row } from '../row.js';

const group = 'observability';
const foreign = ['https://evil.example', `${allowedOrigin}.evil.example`, 'http://app.example.com', 'null'];

export const headers: Row[] = [
  {
    id: 'SE1',
    revision: 2,
    group,
    title: 'security headers, and origins by an allow-list',
    expected:
      'nosniff, a Content-Security-Policy of none (its own for the documentation), Referrer-Policy, HSTS behind TLS; neither Server nor X-Powered-By; CORS for listed origins only, never for "null"',
    source:
      'OWASP REST Security Cheat Sheet, "Security headers"; RFC 6797, section 7.1; Fetch Standard, "CORS protocol"',
    remedy: 'Set the headers on every answer before anything can fail, and compare the origin with a list.',
    evidence: [],
    needs: ['started', 'resource'],
    quick: true,
    async run(api) {
      const to = api.fleet.instances[0]!.url;
      if (!api.contract.isOwn) {
        if (api.fleet.settings.CORS_ORIGINS === undefined)
          throw new NotApplicable(
            'what an RFC says of headers is asked as SE2, SE3 and SE4; no setting for CORS_ORIGINS is named',
          );
        await expectOrigins(api, to);
        return;
      }
      for (const path of [api.resource.path, '/livez', '/v1/there-is-nothing-here'])
        expectSecure(
          await api.send({ path, as: 'reader', headers: { 'x-forwarded-proto': 'https' }, to }),
          /default-src 'none'/,
        );
      expectSecure(
        await api.send({ method: 'POST', path: api.resource.path, body: '{', to }),
        /default-src 'none'/,
      );
      await expectDocs(api, to);
      await expectOrigins(api, to);
    },
  },
];

function expectSecure(response: Response, policy: RegExp): void {
  expectHeader(response, 'X-Content-Type-Options', /^nosniff$/i);
  expectHeader(response, 'Content-Security-Policy', policy);
  expectHeader(response, 'Content-Security-Policy', /frame-ancestors 'none'/);
  expectHeader(response, 'Referrer-Policy', /^(no-referrer|same-origin|strict-origin)/);
  expectHeader(response, 'Strict-Transport-Security', /max-age=\d{7,}/);
  for (const name of ['server', 'x-powered-by'])
    expectThat(
      response.headers[name] === undefined,
      `no header ${name}`,
      `${name}: ${response.headers[name]}`,
    );
}

async function expectDocs(api: Api, to: string): Promise<void> {
  const page = await api.send({ path: '/docs', to });
  expectStatus(page, 200);
  expectHeader(page, 'Content-Type', /^text\/html\b/);
  expectSecure(page, /(script|default)-src [^;]*('self'|'nonce-|'sha256-)/);
  const policy = expectHeader(page, 'Content-Security-Policy');
  const scripts = /script-src [^;]*/.exec(policy)?.[0] ?? policy;
  expectThat(
    !/'unsafe-inline'|'unsafe-eval'|\*|https?:/.test(scripts),
    'scripts of the documentation from this host alone',
    scripts,
  );
}

async function expectOrigins(api: Api, to: string): Promise<void> {
  const { path, methods } = api.resource;
  const ask = (origin: string, preflight = false) =>
    api.send({
      method: preflight ? 'OPTIONS' : 'GET',
      path,
      to,
      ...(preflight ? {} : { as: 'reader' as const }),
      headers: {
        origin,
        ...(preflight
          ? {
              'access-control-request-method': 'POST',
              'access-control-request-headers': 'authorization,content-type',
            }
          : {}),
      },
    });
  const read = await ask(allowedOrigin);
  expectStatus(read, 200);
  expectEqual(
    expectHeader(read, 'Access-Control-Allow-Origin'),
    allowedOrigin,
    'Access-Control-Allow-Origin',
  );
  const preflight = await ask(allowedOrigin, true);
  expectStatus(preflight, 204, 200);
  expectEqual(
    expectHeader(preflight, 'Access-Control-Allow-Origin'),
    allowedOrigin,
    'Access-Control-Allow-Origin of a preflight',
  );
  const { isOwn } = api.contract;
  const allowed = expectHeader(preflight, 'Access-Control-Allow-Methods').toUpperCase();
  for (const method of isOwn ? methods.collection : ['POST'])
    expectThat(
      allowed.includes(method) || (!isOwn && allowed.includes('*')),
      `${method} in Access-Control-Allow-Methods`,
      allowed,
    );
  const headers = isOwn ? ['authorization', 'content-type'] : ['content-type'];
  for (const name of headers)
    expectHeader(preflight, 'Access-Control-Allow-Headers', new RegExp(isOwn ? name : `${name}|\\*`, 'i'));
  for (const origin of foreign)
    for (const response of [await ask(origin), await ask(origin, true)]) {
      const given = response.headers['access-control-allow-origin'];
      expectThat(given === undefined, `no Access-Control-Allow-Origin for "${origin}"`, given);
    }
  // A cache between must not give the answer of one origin to another: Fetch Standard, "CORS protocol and HTTP caches".
  const unasked = isOwn ? [await api.send({ path, as: 'reader', to })] : [];
  for (const response of [read, ...unasked]) expectHeader(response, 'Vary', /\borigin\b|\*/i);
}
