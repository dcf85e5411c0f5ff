import type { CallContext } from '../context.js';
import { dependencyUnavailable, Problem } from '../problem.js';
import { ConstraintError } from './database.js';
import { StaleStatementError } from './prepared.js';

/** SQLSTATE of a collision between transactions: the whole transaction may be tried again. */
const retryable = new Set(['40001', '40P01']);
/** A server that is stopping, starting, full or a replica, or a pooler without a connection to it. */
const unavailable = /^(?:08(?:001|004|006|P01)|57P0[123]|53300|25006)$/;

interface ServerError extends Error {
  code?: string;
  detail?: string;
  table?: string;
}

/** Turns an error of the driver into what the port promises; anything else stays as it is. */
export function toDatabaseError(error: unknown, context: CallContext): unknown {
  if (error instanceof Problem || error instanceof ConstraintError || error instanceof StaleStatementError)
    return error;
  if (context.cancelled) return context.cancelled;
  const { code = '', table = '', detail = '', message } = error as ServerError;
  const key = { table, columns: columnsIn(detail) };
  if (code === '23505') return new ConstraintError('unique', key, { cause: error });
  if (code === '23503') {
    const kind = detail.includes('is still referenced') ? 'referenced' : 'missing';
    return new ConstraintError(kind, key, { cause: error });
  }
  // The statement's time, or that for a lock, is over.
  if (code === '57014' || code === '55P03')
    return new Problem('deadline-exceeded', { headers: { 'retry-after': '1' }, cause: error });
  // Errors without a SQLSTATE come from the socket.
  const socket = !/^[0-9A-Z]{5}$/.test(code) && /^E[A-Z]+$|^$/.test(code) && isSocketMessage(message, code);
  if (unavailable.test(code) || socket) return dependencyUnavailable('database', error);
  return error;
}

/** The columns of a key, in whatever language the server says `Key (a, "b")=(1, 2) already exists`. */
function columnsIn(detail: string): string[] {
  const columns = /\(([\w", ]+)\)=\(/.exec(detail)?.[1]?.split(', ') ?? [];
  return columns.map((column) => column.replaceAll('"', ''));
}

export function isDependencyFailure(error: Error): boolean {
  return error instanceof Problem && error.type === 'dependency-unavailable';
}

export function isRetryable(error: unknown): boolean {
  return error instanceof StaleStatementError || retryable.has((error as ServerError).code ?? '');
}

function isSocketMessage(message: string, code: string): boolean {
  return code !== '' || /connection|terminated|timeout|socket/i.test(message);
}
