import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inProcessBroker } from '../../src/jobs/in-process.js';

test('a queue in the process brings each id, so many at once, and none after its end', async () => {
  const broker = inProcessBroker();
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  await broker.publish(['early', 'early']);
  const consumer = broker.consume(2, (id) => {
    begun.push(id);
    return new Promise((resolve) => ends.push(resolve));
  });
  await broker.publish(['a', 'b']);
  expect(begun).toEqual(['early', 'a']);
  ends.shift()!();
  await turn();
  expect(begun).toEqual(['early', 'a', 'b']);
  await broker.publish(['late']);
  const closed = consumer.close();
  for (const end of ends) end();
  await closed;
  expect(begun).toEqual(['early', 'a', 'b']);
});
