import type { GivenSetting } from './settings.js';
import type { Telemetry } from './telemetry.js';

/** A request that signs a caller up or in. */
export interface SignInRequest {
  method?: 'POST' | 'PUT' | 'GET';
  path: string;
  json?: Record<string, unknown>;
  form?: Record<string, string | number | boolean>;
  /** Names for parts of the answer. */
  take?: Record<string, string>;
}

/** How requests are signed in. */
export interface Credentials {
  roles?: { reader: string; editor: string; admin: string };
  requests?: SignInRequest[];
  headers: Record<string, string>;
}

/** What a verify.yaml says, after it was checked. */
export interface Description {
  build?: string;
  migrate?: string;
  /** The command of an instance; empty for that of the image. */
  start: string;
  /** A container image that instances and migrations run in. */
  image?: string;
  instances: number;
  /** Environment variables, with names in braces. */
  variables: Record<string, string>;
  required: string[];
  settings: Record<string, GivenSetting>;
  health: string;
  /** How long a start may take, and a path that answers 2xx after it. */
  startup?: { seconds?: number; path?: string };
  live?: string;
  metrics?: string;
  logs?: 'json';
  /** Names of metrics and of members of log lines that are none of generated projects. */
  telemetry: Telemetry;
  /** A file of the project, or a path that begins with a slash. */
  openapi: string;
  leftToBalancer: string[];
  credentials?: Credentials;
}
