import type { IncomingHttpHeaders } from 'node:http';
import type { CallContext, Principal } from '../context.js';

/** Tells who a request is from. One implementation per way of signing in. */
export interface Authenticator {
  /**
   * @param headers of the request
   * @returns the caller; undefined when there are no credentials
   * @throws Problem `unauthenticated` when credentials are there and not valid
   */
  authenticate(
    headers: IncomingHttpHeaders,
    context: CallContext,
  ): Principal | undefined | Promise<Principal | undefined>;
  /** Value of WWW-Authenticate for a request without credentials, empty where nobody needs any. */
  readonly challenge: string;
  /** Ends what runs in the background. */
  close(): void;
}

export const anonymous: Principal = { id: 'anonymous', roles: [] };
