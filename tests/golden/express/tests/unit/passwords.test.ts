import { INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { Passwords } from '../../src/auth/passwords.js';
import { clientGone, RequestContext } from '../../src/request-context.js';

const someContext = () => new RequestContext('test', trace.wrapSpanContext(INVALID_SPAN_CONTEXT), 10_000);

describe('passwords', () => {
  it('lets go of requests that are over while they wait, and the next gets its turn', async () => {
    const passwords = new Passwords(1);
    const order: string[] = [];
    const hash = (name: string, context = someContext()) =>
      passwords.hash('a long enough sentence', context).finally(() => order.push(name));
    const first = hash('first');
    const contexts = [someContext(), someContext()];
    const over = contexts.map((context) => hash('over', context));
    const last = hash('last');
    const reason = clientGone();
    for (const context of contexts) context.cancel(reason);
    const outcomes = await Promise.allSettled([...over, first, last]);
    expect(outcomes.slice(0, 2)).toEqual(over.map(() => ({ status: 'rejected', reason })));
    expect(outcomes.slice(2).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(order).toEqual(['over', 'over', 'first', 'last']);
  });

  it('refuses more than can wait', async () => {
    const passwords = new Passwords(1);
    const hashes = Array.from({ length: 52 }, () => {
      const context = someContext();
      return { context, hash: passwords.hash('a long enough sentence', context) };
    });
    await expect(hashes.at(-1)!.hash).rejects.toMatchObject({ type: 'overloaded' });
    for (const { context } of hashes) context.cancel(clientGone());
    await Promise.allSettled(hashes.map(({ hash }) => hash));
  });
});
