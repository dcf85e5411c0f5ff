import { migrate } from './migrate.js';

/** `npm run migrate`: brings the schema of DATABASE_URL up to date. */
async function main(): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is not set');
  const applied = await migrate(url);
  console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
