import type { IncomingHttpHeaders } from 'node:http';

/** Headers that say who sends a request. */
export const credentialHeaders: readonly string[] = ['authorization'];

/** Whether a request has credentials, good or not. */
export function hasCredentials(headers: IncomingHttpHeaders): boolean {
  return credentialHeaders.some((name) => headers[name] !== undefined);
}
