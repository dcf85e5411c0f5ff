import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Answered, Asked, Order, Report, Work } from './messages.js';

// A virtual user: what scripts import of k6, and what calls their functions. As in k6, a request waits for its answer without
// letting anything else of this user run.

const { answers, arrived } = workerData as { answers: MessagePort; arrived: Int32Array };
const tell = (report: Report) => parentPort!.postMessage(report);

class Aborted extends Error {}

const known = { __ENV: process.env, open: (url: string) => fs.readFileSync(fileURLToPath(url), 'utf8') };
Object.assign(globalThis, known);

interface Params {
  headers?: Record<string, string>;
  timeout: string;
  responseCallback: readonly number[];
}

function request(method: string, url: string, body: string | null, params: Params) {
  const asked: Asked = {
    ...{ method, url, body, headers: params.headers ?? {} },
    timeoutMs: 1000 * Number.parseFloat(params.timeout),
    expected: params.responseCallback,
  };
  Atomics.store(arrived, 0, 0);
  tell({ kind: 'request', asked });
  Atomics.wait(arrived, 0, 0);
  const answer: Answered = receiveMessageOnPort(answers)!.message;
  return { ...answer, json: (path?: string) => valueAt(JSON.parse(answer.body!), path?.split('.') ?? []) };
}

function valueAt(value: unknown, [key, ...rest]: string[]): unknown {
  return key === undefined ? value : valueAt((value as Record<string, unknown> | undefined)?.[key], rest);
}

/** The module `k6/http`. */
export const http = { request, expectedStatuses: (...statuses: number[]) => statuses };

/** The module `k6/execution`. */
export const execution = {
  test: {
    abort(reason: string): never {
      tell({ kind: 'abort', reason });
      throw new Aborted(reason);
    },
  },
};

/** Of the module `k6`. */
export function check<Value>(value: Value, sets: Record<string, (value: Value) => boolean>): boolean {
  const results = Object.values(sets).map((holds) => holds(value));
  for (const passed of results) tell({ kind: 'check', passed });
  return results.every(Boolean);
}

/** Runs functions of a script as it is told to. */
export function serve(script: Record<Work, unknown>): void {
  parentPort!.on('message', ({ work, data }: Order) => {
    try {
      const it = script[work];
      const result = typeof it === 'function' ? it(data) : it;
      tell({ kind: 'done', result: work === 'default' ? undefined : result });
    } catch (error) {
      if (error instanceof Aborted) tell({ kind: 'done', result: undefined });
      else tell({ kind: 'failed', reason: String((error as Error).stack) });
    }
  });
}
