import type { CallContext } from '../context.js';
import type { Database, Transaction } from '../database/database.js';
import type { Dependencies } from '../resources/dependencies.js';
import type { Files } from './files.js';
import type { StoredFile } from './table.js';

/** One attempt at a job. */
export interface Work {
  id: string;
  owner: string;
  payload: unknown;
  /** 1 for the first. */
  attempt: number;
  /** Ends when the job is cancelled, another worker takes it, its deadline passes or the process ends. */
  context: CallContext;
  /** Tells how far it is. @throws when the work should stop */
  progress(done: number): Promise<void>;
}

/** What handlers are made of. */
export interface Tools {
  database: Database;
  files: Files;
  contract: Dependencies['contract'];
}

/** What comes of a job. */
export interface Outcome {
  result?: StoredFile;
  /** Runs in the transaction that ends the job: it happens once, however often the job is tried. */
  effect?(transaction: Transaction): Promise<unknown>;
}

/** Does a kind of job. It may run more than once: what it changes belongs into `effect`. */
export type Handler = (work: Work, tools: Tools) => Promise<Outcome>;
