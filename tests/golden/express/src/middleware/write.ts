import type { Request, Response } from 'express';
import type { Answer } from '../database/idempotency.js';
import { performWrite, type UnitOfWork, writeRequest } from '../writes.js';

/**
 * Runs a write in one transaction, once for each Idempotency-Key, and sends its answer.
 * @throws Problem `idempotency-in-progress`, `idempotency-key-reused`, and what `work` throws
 */
export async function write(
  req: Request,
  res: Response,
  work: (unit: UnitOfWork) => Promise<Answer>,
): Promise<void> {
  const { method, originalUrl: url, headers, body: given } = req;
  const request = writeRequest({ method, url, headers, body: given });
  const { status, headers: answered, body } = await performWrite(req.app.locals, request, req.context, work);
  res.status(status).set(answered);
  if (body === undefined) res.end();
  else res.type('application/json').send(body);
}
