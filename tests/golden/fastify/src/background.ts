import { INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import { v7 as uuid } from 'uuid';
import type { CallContext } from './context.js';
import { RequestContext } from './request-context.js';

const usualDeadlineMs = 30_000;

/** Runs work that belongs to no request, within a deadline of its own. */
export async function inBackground<Result>(
  work: (context: CallContext) => Promise<Result>,
  deadlineMs = usualDeadlineMs,
): Promise<Result> {
  const context = new RequestContext(uuid(), trace.wrapSpanContext(INVALID_SPAN_CONTEXT), deadlineMs);
  try {
    return await work(context);
  } finally {
    context.end();
  }
}
