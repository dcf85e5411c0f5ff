// Made of openapi.yaml by "types" of package.json; changes here are lost.

/**
 * Who signs in.
 */
export interface AuthCredentials {
  email: string;
  password: string;
}

/**
 * Who wants an account.
 */
export interface AuthRegistration {
  email: string;
}

/**
 * The token of the mail, and a password for the account.
 */
export interface AuthConfirmation {
  token: string;
  password: string;
}

/**
 * The refresh token of the session.
 */
export interface AuthRefreshToken {
  refreshToken: string;
}

/**
 * The tokens of a new session.
 */
export interface AuthTokens {
  tokenType: 'Bearer';
  /**
   * Goes into the Authorization header.
   */
  accessToken: string;
  /**
   * Seconds until the access token expires.
   */
  expiresIn: number;
  /**
   * Good once. Sent again within a few seconds it is answered 409, after that it ends the session.
   */
  refreshToken: string;
  account: AuthAccount;
}

/**
 * An account, as its owner sees it.
 */
export interface AuthAccount {
  id: string;
  email: string;
  roles: ('reader' | 'editor' | 'admin')[];
  createdAt: string;
}

/**
 * Public keys (RFC 7517).
 */
export interface AuthKeySet {
  keys: {
    [k: string]: unknown;
  }[];
}

/**
 * A product.
 */
export interface Product {
  /**
   * Made by the server, in order of time (UUIDv7).
   */
  id: string;
  name: string;
  description: string | null;
  price: string;
  status: 'draft' | 'active' | 'archived';
  /**
   * Counts the changes.
   */
  version: number;
  createdAt: string;
  updatedAt: string;
}

/**
 * The request fields of a product.
 */
export interface ProductInput {
  name: string;
  description?: string | null;
  price: string;
  status: 'draft' | 'active' | 'archived';
}

/**
 * A merge patch (RFC 7396). Only the fields given are changed.
 */
export interface ProductPatch {
  name?: string;
  description?: string | null;
  price?: string;
  status?: 'draft' | 'active' | 'archived';
}

/**
 * A page of products.
 */
export interface ProductPage {
  data: Product[];
  meta: PageMeta;
}

/**
 * The fields selected with `fields`.
 */
export interface ProductSelection {
  id?: string;
  name?: string;
  description?: string | null;
  price?: string;
  status?: 'draft' | 'active' | 'archived';
  version?: number;
  createdAt?: string;
  updatedAt?: string;
}

/**
 * A page of products, with the fields selected with `fields`.
 */
export interface ProductSelectionPage {
  data: ProductSelection[];
  meta: PageMeta;
}

/**
 * Whether the process is alive.
 */
export interface Liveness {
  status: 'alive';
}

/**
 * Whether the instance wants traffic.
 */
export interface Readiness {
  status: 'ready' | 'degraded' | 'unavailable' | 'starting' | 'draining';
  /**
   * Dependency by name.
   */
  checks: {
    [k: string]: 'up' | 'down';
  };
}

/**
 * Size of a page, and the cursor of the next.
 */
export interface PageMeta {
  /**
   * The limit that was applied.
   */
  pageSize: number;
  /**
   * `cursor` of the next page; null on the last.
   */
  nextCursor: string | null;
}

/**
 * An error (RFC 9457).
 */
export interface ProblemDetails {
  /**
   * The kind of problem.
   */
  type: string;
  title: string;
  status: number;
  detail: string;
  /**
   * Path of the request.
   */
  instance: string;
  requestId: string;
  traceId?: string;
  errors?: ProblemViolation[];
}

/**
 * One thing wrong with a request.
 */
export interface ProblemViolation {
  /**
   * Place in the body, a JSON Pointer as a fragment: `#/price`.
   */
  pointer?: string;
  /**
   * Name of the query parameter.
   */
  parameter?: string;
  code: string;
  detail: string;
}
