import type { Description } from './description.js';

/** For a probe, in milliseconds. */
const patience = 10_000;

/** Where the project has what generated projects have at these paths. */
export function placesOf({ health, live, metrics }: Description): Record<string, string> {
  return {
    '/readyz': health,
    // Rows that only need a cheap answer ask either.
    '/livez': live ?? health,
    ...(metrics === undefined ? {} : { '/metrics': metrics }),
  };
}

/** Whether readiness says what it has checked, in the form of generated projects: a `status`, and `checks` by name. */
export async function namesChecks({ health }: Description, url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}${health}`, { signal: AbortSignal.timeout(patience) });
    const { status, checks } = (await response.json()) as { status?: unknown; checks?: unknown };
    return typeof status === 'string' && typeof checks === 'object';
  } catch {
    return false;
  }
}
