import type { IncomingHttpHeaders } from 'node:http';
import { type Context, propagation, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Config } from '../config.js';
import { tracer } from './trace.js';

/**
 * Starts OpenTelemetry: trace ids for the logs always, export over OTLP when a collector is configured. Spans are made
 * by hand where a request enters and where database and cache are asked; patching every module costs several times more.
 * @returns how to send what is left and stop
 */
export function startTracing(config: Config): () => Promise<void> {
  // The SDK reads the standard variables itself; these are their defaults here.
  process.env.OTEL_TRACES_SAMPLER ??= config.OTEL_TRACES_SAMPLER;
  process.env.OTEL_TRACES_SAMPLER_ARG ??= config.OTEL_TRACES_SAMPLER_ARG;
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': config.OTEL_SERVICE_NAME }),
    spanProcessors: config.OTEL_EXPORTER_OTLP_ENDPOINT
      ? [
          new BatchSpanProcessor(
            new OTLPTraceExporter({ url: `${config.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces` }),
          ),
        ]
      : [],
  });
  trace.setGlobalTracerProvider(provider);
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return () => provider.shutdown();
}

/** The span of a request; it continues the trace of a `traceparent` header that is well formed (W3C Trace Context). */
export function startServerSpan(method: string, route: string, headers: IncomingHttpHeaders): Span {
  const parent: Context = headers.traceparent ? propagation.extract(ROOT_CONTEXT, headers) : ROOT_CONTEXT;
  const attributes = { 'http.request.method': method, 'http.route': route };
  return tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
}
