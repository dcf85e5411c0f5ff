import { startEmbedded } from '../../scripts/dev/embedded.js';

// A process of its own with an embedded server: prints its URL, and exits with 3 on request.
const server = await startEmbedded();
process.stdout.write(`${server.urlOf('postgres')}\n`);
process.stdin.once('data', async () => {
  await server.stop();
  process.exitCode = 3;
  process.stdin.destroy();
});
