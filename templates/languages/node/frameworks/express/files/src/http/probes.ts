import type { Lifecycle } from '../lifecycle.js';
import type { Answer } from './answer.js';

const headers = { 'cache-control': 'no-store' };

/** The process is there; no dependency is asked. */
export function liveness(): Answer {
  return { status: 200, headers, body: '{"status":"alive"}' };
}

/** 200 while the instance wants traffic, else 503; the body says why. */
export async function readiness(lifecycle: Lifecycle): Promise<Answer> {
  const state = await lifecycle.readiness();
  const wanted = state.status === 'ready' || state.status === 'degraded';
  return { status: wanted ? 200 : 503, headers, body: JSON.stringify(state) };
}
