import { setTimeout as sleep } from 'node:timers/promises';
import { propagation, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { BrokenCircuitError } from 'cockatiel';
import { Agent, fetch, Headers, type RequestInit, Response } from 'undici';
import type { CallContext } from './context.js';
import { dependencyUnavailable } from './problem.js';
import { createBreaker } from './resilience.js';
import type { Log } from './telemetry/log.js';
import type { Metrics } from './telemetry/metrics.js';
import { inSpan } from './telemetry/trace.js';

const attempts = 3;
const firstWaitMs = 100;
/** Nobody waits longer for an attempt, whatever Retry-After says. */
const longestWaitMs = 2000;
const maxResponseSize = 1_048_576;
const idempotent = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'];
/** Not an answer to the request: the service has no time, or is not there. */
const unavailable = [429, 502, 503, 504];

/** Another service. */
interface Service {
  /** Its name in problems, logs and metrics. */
  name: string;
  baseUrl: string;
  /** Of one attempt, with the body of its response. */
  timeoutMs: number;
  /** As many requests at the same time; others wait. */
  connections?: number;
}

/** An attempt without an answer. */
class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly type: string,
    readonly retryAfterMs: number,
    options?: ErrorOptions,
  ) {
    super(type, options);
  }
}

/**
 * Makes a client of another service. Its requests end with the request that they are made for, are repeated where that
 * is safe, and are refused at once while the service does not answer.
 */
export function createOutbound(
  { name, baseUrl, timeoutMs, connections = 16 }: Service,
  { metrics, log }: { metrics: Metrics; log: Log },
) {
  const base = baseUrl.replace(/\/*$/, '/');
  const agent = new Agent({ connections, maxResponseSize });
  const breaker = createBreaker(name, metrics, (error) => error instanceof Failure && error.type !== '429');

  async function attempt(url: URL, init: RequestInit, context: CallContext, span: Span): Promise<Response> {
    const carrier: Record<string, string> = {};
    propagation.inject(trace.setSpan(ROOT_CONTEXT, span), carrier);
    const headers = new Headers(init.headers);
    for (const [header, value] of Object.entries(carrier)) headers.set(header, value);
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)]);
    const labels = { server_address: url.host, http_request_method: init.method ?? 'GET' };
    const startedAt = performance.now();
    const observe = (outcome: { http_response_status_code?: number; error_type?: string }) =>
      metrics.outboundDuration.observe({ ...labels, ...outcome }, (performance.now() - startedAt) / 1000);
    try {
      const response = await fetch(url, { ...init, headers, signal, dispatcher: agent });
      const body = await response.arrayBuffer();
      const { status } = response;
      span.setAttribute('http.response.status_code', status);
      if (unavailable.includes(status)) throw new Failure(String(status), retryAfterMs(response));
      observe({ http_response_status_code: status });
      return new Response(body.byteLength > 0 ? body : null, response);
    } catch (error) {
      const failure = error instanceof Failure ? error : new Failure(errorType(error), 0, { cause: error });
      observe({ error_type: context.cancelled ? 'cancelled' : failure.type });
      // It says nothing about the service.
      if (context.cancelled) throw context.cancelled;
      throw failure;
    }
  }

  return {
    /**
     * Sends a request; one with another method than GET, HEAD, OPTIONS, PUT or DELETE is repeated only if it has an
     * Idempotency-Key.
     * @param path below the base URL, with a slash at its start
     * @returns the response, its body read already; 429, 502, 503 and 504 are none
     * @throws Problem `dependency-unavailable`, `deadline-exceeded`; Error within a transaction, which would hold a
     *   database connection for as long as the service takes
     */
    async request(context: CallContext, path: string, init: RequestInit = {}): Promise<Response> {
      if (context.inTransaction) throw new Error(`${name} is called within a transaction`);
      const url = new URL(`.${path}`, base);
      const method = init.method ?? 'GET';
      const repeatable = idempotent.includes(method) || new Headers(init.headers).has('idempotency-key');
      const attributes = { 'http.request.method': method, 'server.address': url.host };
      const once = () =>
        inSpan(context.span, method, attributes, (span) => attempt(url, init, context, span));
      for (let tried = 1; ; tried += 1) {
        try {
          return await breaker.execute(once);
        } catch (error) {
          if (error instanceof BrokenCircuitError) throw dependencyUnavailable(name, error);
          if (!(error instanceof Failure)) throw error;
          const failed = { requestId: context.requestId, service: name, method, tried, type: error.type };
          log.warn({ ...failed, error: error.cause }, 'outbound call failed');
          // Full jitter: clients that failed together must not come back together.
          const waitMs = error.retryAfterMs || Math.random() * firstWaitMs * 2 ** tried;
          if (!repeatable || tried === attempts || waitMs > longestWaitMs)
            throw dependencyUnavailable(name, error);
          await sleep(waitMs, undefined, { signal: context.signal }).catch(() => {
            throw context.cancelled;
          });
        }
      }
    },

    /** Ends what is under way, and closes all connections. */
    close(): Promise<void> {
      return agent.destroy();
    },
  };
}

export type Outbound = ReturnType<typeof createOutbound>;

/** The code of an error of the network, or `timeout`. */
function errorType(error: unknown): string {
  const { name, cause } = error as Error & { cause?: { code?: string } };
  return name === 'TimeoutError' ? 'timeout' : (cause?.code ?? name);
}

/** Retry-After in milliseconds: seconds, or a date (RFC 9110, section 10.2.3). */
function retryAfterMs({ headers }: Response): number {
  const given = headers.get('retry-after');
  if (given === null) return 0;
  const ms = /^\d+$/.test(given) ? Number(given) * 1000 : Date.parse(given) - Date.now();
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}
