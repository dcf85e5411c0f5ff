import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import Negotiator from 'negotiator';
import { problems } from '../problem.js';
import { isKnown } from './conditional.js';

/** What a request for a document is answered: the same for every request, but for its coding. */
export interface DocumentAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

/** Answers a request for one document by its headers. */
export type Document = (headers: IncomingHttpHeaders) => DocumentAnswer;

/** Swagger UI sets style attributes and has its icons inline; scripts and requests stay with this host. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const assets = path.join(import.meta.dirname, '../../assets');
const start = "SwaggerUIBundle({ url: '/openapi.json', dom_id: '#viewer' });\n";

/**
 * The contract, the page that shows it and what that page loads, by path. All of it comes from this process, so the
 * page works offline.
 */
export function documents({ yaml, json }: { yaml: string; json: string }): Map<string, Document> {
  const viewer = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const asset = (type: string, body: string | Buffer) =>
    document(type, body, {
      'content-security-policy': contentSecurityPolicy,
      'cache-control': 'public, max-age=3600',
    });
  const file = (type: string, ...place: string[]) => asset(type, readFileSync(path.join(...place)));
  const revalidated = (type: string, body: string) => document(type, body, { 'cache-control': 'no-cache' });
  return new Map([
    ['/openapi.yaml', revalidated('application/yaml', yaml)],
    ['/openapi.json', revalidated('application/json', json)],
    ['/docs', asset('text/html', page())],
    ['/docs/start.js', asset('text/javascript', start)],
    ['/docs/docs.js', file('text/javascript', assets, 'docs.js')],
    ['/docs/docs.css', file('text/css', assets, 'docs.css')],
    ['/docs/swagger-ui.js', file('text/javascript', viewer, 'swagger-ui-bundle.js')],
    ['/docs/swagger-ui.css', file('text/css', viewer, 'swagger-ui.css')],
  ]);
}

/** Compresses a document once, for all requests. */
function document(type: string, text: string | Buffer, headers: Record<string, string> = {}): Document {
  const body = Buffer.from(text);
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  const common = { ...headers, 'content-type': `${type}; charset=utf-8`, vary: 'accept-encoding, origin' };
  const plain = { body, headers: { ...common, etag: `"${hash}"` } };
  // Each coding is a representation with a tag of its own (RFC 9110, section 8.8.3.3).
  const compressed = {
    body: gzipSync(body),
    headers: { ...common, etag: `"${hash}-gzip"`, 'content-encoding': 'gzip' },
  };
  return (request) => {
    const { body, headers } = acceptsGzip(request) ? compressed : plain;
    if (!isKnown(request['if-none-match'], headers.etag)) return { status: 200, headers, body };
    const { 'content-type': _, ...kept } = headers;
    return { status: 304, headers: kept, body: undefined };
  };
}

function acceptsGzip({ 'accept-encoding': given }: IncomingHttpHeaders): boolean {
  return (
    given !== undefined &&
    new Negotiator({ headers: { 'accept-encoding': given } }).encoding(['gzip', 'identity']) === 'gzip'
  );
}

/** The `type` of a problem points to its line in the list at the end. */
function page(): string {
  const rows = Object.entries(problems).map(
    ([type, { status, title }]) =>
      `<tr id="problem-${type}"><td><code>${type}</code></td><td>${status}</td><td>${title}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API documentation</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/docs.css">
</head>
<body>
<div id="viewer"></div>
<section class="swagger-ui"><div class="wrapper">
<h2>Problem types</h2>
<table><thead><tr><th>Type</th><th>Status</th><th>Meaning</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>
</div></section>
<script src="/docs/swagger-ui.js"></script>
<script src="/docs/docs.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
}
