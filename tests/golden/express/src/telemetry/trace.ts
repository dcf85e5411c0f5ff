import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

/** The tracer of the API; a no-op until `startTracing` has run. */
export const tracer = trace.getTracer('api');

/**
 * Runs `work` in a client span under `parent`, for a call to the database, the cache or another service. Nothing is made
 * when the trace is not sampled: `work` gets the parent.
 */
export async function inSpan<Result>(
  parent: Span,
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  if (!parent.isRecording()) return work(parent);
  const span = tracer.startSpan(
    name,
    { kind: SpanKind.CLIENT, attributes },
    trace.setSpan(ROOT_CONTEXT, parent),
  );
  try {
    return await work(span);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttribute('error.type', (error as Error).name);
    throw error;
  } finally {
    span.end();
  }
}
