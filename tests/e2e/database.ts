// Runs in the folder of a generated project: starts the database that comes with it, prints its URL and waits.
const [project, data] = process.argv.slice(2);
const { startEmbedded } = await import(`${project}/scripts/dev/embedded.ts`);
const server = await startEmbedded(data, { persistent: false });
await server.createDatabase('app');
console.log(`URL ${server.urlOf('app')}`);
process.once('SIGTERM', async () => {
  await server.stop();
  process.exit(0);
});
setInterval(() => {}, 60_000);
