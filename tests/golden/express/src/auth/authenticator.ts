import type { Principal } from '../context.js';

/** Tells who a request is from. One implementation per way of signing in. */
export interface Authenticator {
  /**
   * @param authorization the Authorization header
   * @returns the caller; undefined when there are no credentials
   * @throws Problem `unauthenticated` when credentials are there and not valid
   */
  authenticate(authorization: string | undefined): Principal | undefined | Promise<Principal | undefined>;
  /** Value of WWW-Authenticate for a request without credentials, empty where nobody needs any. */
  readonly challenge: string;
  /** Ends what runs in the background. */
  close(): void;
}

export const anonymous: Principal = { id: 'anonymous', roles: [] };
