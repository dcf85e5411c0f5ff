import { migrate, seed } from './migrate.js';

/** `npm run migrate` applies the migrations; with `--seed` also the sample rows. */
async function main(): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is not set');
  const applied = await migrate(url);
  console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`);
  if (process.argv.includes('--seed')) {
    await seed(url);
    console.log('Sample rows are there.');
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
