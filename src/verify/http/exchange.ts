import type { Readable } from 'node:stream';
import type { Style } from './style.js';

/** A request of a row. */
export interface Request {
  /** Default: GET. */
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
  /** Base URL of one instance; default: the balancer. */
  to?: string;
  /** Time after which the row gives up, in milliseconds; default: 10,000. */
  timeoutMs?: number;
  /** Ends the request from the client's side. */
  signal?: AbortSignal;
  /** false omits it from the report of a failed row, e.g. when a row deletes its items. */
  evidence?: boolean;
  /** False for what is not asked of the API, such as a management port: the document does not describe the answer. */
  described?: false;
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
  /** How the answers of that API look; those of generated projects where it is not known. */
  style?: Style;
  /** The body as JSON. @throws Mismatch when it is none */
  // biome-ignore lint/suspicious/noExplicitAny: a row reads the fields that it expects and fails without them
  json(): any;
}

/** One request and what became of it: the evidence of a row. */
export interface Exchange {
  method: string;
  url: string;
  requestHeaders: Record<string, string | string[]>;
  /** The body, cut off after some kilobytes; undefined where there was none. */
  requestBody: string | undefined;
  /** Undefined when there was no answer. */
  response: Pick<Response, 'status' | 'headers' | 'text'> | undefined;
  /** Why there was no answer. */
  error: string | undefined;
  ms: number;
}
