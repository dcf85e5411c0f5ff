import type { Policy } from '../../src/limits/bucket.js';
import { eventually, instance } from './stores.js';

// An instance in a process of its own: takes `count` tokens at once and prints how many it was given.
const [url, prefix, policyText, count] = process.argv.slice(2) as [string, string, string, string];
const policy = JSON.parse(policyText) as Policy;
const { limiter, stores } = await instance(url, prefix);
// A store that does not answer yet would have each process count for itself.
const answers = () =>
  stores.ping(1000).then(
    () => true,
    () => false,
  );
await eventually(answers, 30_000);
process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  const verdicts = await Promise.all(
    Array.from({ length: Number(count) }, () => limiter.take(policy, 'caller')),
  );
  process.stdout.write(`${verdicts.filter((verdict) => verdict.allowed).length}\n`);
  await stores.close();
  process.stdin.destroy();
});
