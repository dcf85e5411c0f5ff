import type { Readable } from 'node:stream';

/** What a row sends. */
export interface Request {
  /** GET unless told. */
  method?: string;
  /** As it goes over the wire, with the query. */
  path: string;
  headers?: Record<string, string | string[]>;
  /** Signs the request in where the API has accounts: a role with all that come before it. */
  as?: Role;
  /** Becomes the body, with `content-type: application/json` unless the headers say otherwise. */
  json?: unknown;
  /** A body as it stands; a stream is sent in chunks. */
  body?: string | Buffer | Readable;
  /** Base URL of one instance; through the balancer unless told. */
  to?: string;
  /** Time after which the row gives up, in milliseconds; 10,000 unless told. */
  timeoutMs?: number;
  /** Ends the request from the client's side. */
  signal?: AbortSignal;
  /** false keeps it out of what a failed row shows: a row removes what it has made. */
  evidence?: boolean;
}

/** Methods that may be sent to an API whose data must not change. */
export const readMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Roles of the contract, from least to most. */
export const roles = ['reader', 'editor', 'admin'] as const;
export type Role = (typeof roles)[number];

/** What came back. */
export interface Response {
  status: number;
  /** By name in lower case; values of repeated fields joined by `, `. */
  headers: Record<string, string>;
  text: string;
  /** From sending to the last byte, in milliseconds. */
  ms: number;
  /** The body as JSON. @throws Mismatch when it is none */
  // biome-ignore lint/suspicious/noExplicitAny: a row asks for what it expects and fails when it is not there
  json(): any;
}

/** One request and what became of it: the evidence of a row. */
export interface Exchange {
  method: string;
  url: string;
  requestHeaders: Record<string, string | string[]>;
  /** What was sent, cut off after some kilobytes; undefined where there was none. */
  requestBody: string | undefined;
  /** Undefined when there was no answer. */
  response: Pick<Response, 'status' | 'headers' | 'text'> | undefined;
  /** Why there was no answer. */
  error: string | undefined;
  ms: number;
}
