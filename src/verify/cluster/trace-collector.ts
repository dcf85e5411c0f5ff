import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Span } from './api.js';
import { decodeTraces } from './otlp-protobuf.js';

const maxBytes = 64 * 1024 * 1024;
const json = 'application/json';
const protobuf = 'application/x-protobuf';
const decoders: Record<string, (body: Buffer) => unknown> = {
  [json]: (body) => JSON.parse(body.toString('utf8')),
  [protobuf]: decodeTraces,
};

/** Receives spans. */
export interface Collector {
  /** Base URL: the value of `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  url: string;
  /** All that have come so far. */
  spans(): Span[];
  close(): Promise<void>;
}

/** Opens a receiver of traces on a free port of 127.0.0.1: OTLP/HTTP with JSON or protobuf, as it stands or as gzip. */
export async function openCollector(): Promise<Collector> {
  const spans: Span[] = [];
  const server = http.createServer(async (request, response) => {
    const status = await receive(request, spans).catch(() => 400);
    // An empty message, in either encoding.
    const type = request.headers['content-type'] ?? json;
    response.writeHead(status, { 'content-type': type }).end(type === protobuf ? '' : '{}');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ port: 0, host: '127.0.0.1' }, resolve);
  });
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => [...spans],
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** @returns the status; the spans are in the list when it is 200 */
async function receive(request: IncomingMessage, spans: Span[]): Promise<number> {
  const body = await buffer(request);
  if (request.url !== '/v1/traces') return 404;
  if (request.method !== 'POST') return 405;
  const decode = decoders[request.headers['content-type']?.split(';')[0]?.toLowerCase() ?? ''];
  if (!decode) return 415;
  const zipped = request.headers['content-encoding'] === 'gzip';
  spans.push(...spansOf(decode(zipped ? gunzipSync(body, { maxOutputLength: maxBytes }) : body)));
  return 200;
}

// biome-ignore lint/suspicious/noExplicitAny: ExportTraceServiceRequest of OTLP 1.x, checked when it is read
function spansOf(request: any): Span[] {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const flat = (list: any[] | undefined, name: string) => (list ?? []).flatMap((entry) => entry[name] ?? []);
  return flat(flat(request.resourceSpans, 'scopeSpans'), 'spans').map((span) => ({
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? '',
    name: span.name,
    kind: span.kind ?? 0,
    attributes: attributesOf(span.attributes),
  }));
}

// biome-ignore lint/suspicious/noExplicitAny: KeyValue of OTLP
function attributesOf(list: any[] | undefined): Record<string, unknown> {
  return Object.fromEntries((list ?? []).map(({ key, value }) => [key, anyValue(value)]));
}

/** AnyValue of OTLP: its one member gives the type; integers of 64 bits are written as strings. */
// biome-ignore lint/suspicious/noExplicitAny: as above
function anyValue(value: any): unknown {
  if (!value) return undefined;
  if ('intValue' in value) return Number(value.intValue);
  if ('arrayValue' in value) return (value.arrayValue.values ?? []).map(anyValue);
  if ('kvlistValue' in value) return attributesOf(value.kvlistValue.values);
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? value.bytesValue;
}
