/** What an operation answers, before a framework sends it. `body` is JSON text. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | undefined;
}

const publicRead = 'public, max-age=5, stale-while-revalidate=30, stale-if-error=300';
const privateRead = 'private, no-cache';

/** Cache-Control of a read (RFC 9111, RFC 5861): shared caches may keep what everybody may see. */
export function readCaching(signedIn: boolean): Record<string, string> {
  return { 'cache-control': signedIn ? privateRead : publicRead, vary: 'accept, authorization, origin' };
}

/** Strong entity tag of a version (RFC 9110, section 8.8.3); the same on every instance. */
export function entityTag(version: number): string {
  return `"${version}"`;
}
