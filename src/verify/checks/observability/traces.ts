import { randomBytes, randomUUID } from 'node:crypto';
import type { Api, Instance, Span } from '../../cluster/api.js';
import { expectEqual, expectProblem, expectThat } from '../../http/expectations.js';
import { until } from '../../http/waiting.js';
import { NotApplicable, type Row } from '../row.js';
import { absentItem } from '../shared/items.js';
import { isPromised, lineOf, withId } from '../shared/log-lines.js';

const group = 'observability';
const sentMs = 5000;
const server = 2;
const client = 3;

export const traces: Row[] = [
  {
    id: 'TR1',
    group,
    title: 'the trace of the caller goes on',
    expected:
      'the log line, the problem and the exported server span carry the trace id of traceparent; database and cache spans are its children; a malformed one begins a new trace',
    source:
      'W3C Trace Context, sections 3.2 and 4; OpenTelemetry semantic conventions, HTTP and database spans',
    remedy:
      'Read traceparent with a propagator of OpenTelemetry, and start the spans of database and cache within the one of the request.',
    evidence: ['observed'],
    needs: ['started', 'logs', 'resource'],
    quick: false,
    async run(api) {
      const instance = api.fleet.instances[0]!;
      const [traceId, parentId] = [newId(16), newId(8)];
      const line = await lineWith(api, instance, `00-${traceId}-${parentId}-01`);
      expectEqual(line.traceId, traceId, '"traceId" of the log line');
      await expectSpans(api, traceId, parentId, line.spanId);

      const unsampled = newId(16);
      const quiet = await lineWith(api, instance, `00-${unsampled}-${parentId}-00`);
      expectEqual(quiet.traceId, unsampled, '"traceId" of the log line of a trace that is not sampled');

      for (const malformed of [
        `00-${traceId}-${parentId}`,
        `00-${traceId.toUpperCase()}-${parentId}-01`,
        `00-${'0'.repeat(32)}-${parentId}-01`,
        `00-${traceId}-${'0'.repeat(16)}-01`,
        `ff-${traceId}-${parentId}-01`,
        `00-${traceId}-${parentId}-01-more`,
        'nonsense',
      ]) {
        const fresh = await lineWith(api, instance, malformed);
        expectThat(
          /^(?!0{32})[0-9a-f]{32}$/.test(fresh.traceId) && fresh.traceId !== traceId,
          `a new trace for traceparent: ${malformed}`,
          fresh.traceId,
        );
      }
      expectThat(
        api.fleet.spans().every((span) => span.traceId !== unsampled),
        'no span of a trace that the caller does not sample',
        unsampled,
      );
    },
  },
];

function newId(bytes: number): string {
  return `1${randomBytes(bytes).toString('hex').slice(1)}`;
}

/** Reads something that neither memory nor the shared cache has. @returns the line of the request */
async function lineWith(api: Api, instance: Instance, traceparent: string) {
  const requestId = randomUUID();
  const problem = expectProblem(
    await api.send({
      path: absentItem(api),
      as: 'reader',
      headers: { ...withId(api, requestId), traceparent },
      to: instance.url,
    }),
    404,
  );
  const line = await lineOf(api, instance, requestId);
  if (line.traceId === undefined && !isPromised(api, 'traceId'))
    throw new NotApplicable(
      'log lines have no traceId; `logFields` of verify.yaml can say what it is called',
    );
  if (api.contract.isOwn) expectEqual(problem.traceId, line.traceId, 'the member "traceId"');
  return line;
}

async function expectSpans(
  api: Api,
  traceId: string,
  parentId: string,
  spanId: string | undefined,
): Promise<void> {
  const { fleet } = api;
  const systems = Number(fleet.hasDatabase) + Number(fleet.hasStore);
  const ofTrace = () => fleet.spans().filter((span) => span.traceId === traceId);
  const asked = () => new Set(ofTrace().flatMap((span) => (span.kind === client ? [systemOf(span)] : [])));
  await until(() => ofTrace().some(({ kind }) => kind === server) && asked().size >= systems, sentMs);
  if (!api.contract.isOwn && fleet.spans().length === 0)
    throw new NotApplicable('no span came to the receiver that OTEL_EXPORTER_OTLP_ENDPOINT names');
  const spans = ofTrace();
  const [request, ...others] = spans.filter(({ kind }) => kind === server);
  expectThat(
    request !== undefined && others.length === 0,
    `one server span of the trace ${traceId}`,
    `${spans.length} spans: ${spans.map(({ name }) => name).join(', ')}`,
  );
  expectEqual(request.parentSpanId, parentId, 'the parent of the server span');
  if (spanId !== undefined || isPromised(api, 'spanId'))
    expectEqual(request.spanId, spanId, '"spanId" of the log line is that of the server span,');
  expectEqual(
    Number(request.attributes['http.response.status_code']),
    404,
    'the attribute http.response.status_code',
  );
  const parents = new Map(spans.map((span) => [span.spanId, span.parentSpanId]));
  const descends = (id: string | undefined): boolean =>
    id === request.spanId || (id !== undefined && id !== '' && descends(parents.get(id)));
  const clients = spans.filter(({ kind }) => kind === client);
  for (const span of clients)
    expectThat(
      descends(span.parentSpanId),
      `the span "${span.name}" below that of the request`,
      span.parentSpanId,
    );
  expectThat(
    asked().size >= systems && !asked().has(undefined),
    `client spans with db.system.name for ${systems} dependencies`,
    clients.map((span) => `${span.name} (${systemOf(span) ?? 'without'})`).join(', ') || 'none',
  );
}

function systemOf(span: Span): unknown {
  return span.attributes['db.system.name'];
}
