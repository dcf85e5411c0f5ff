import { seed } from '../src/database/migrate.js';

/** `seed`: puts the sample rows of seeds/ into the database. With `new`, only those of files that are new or changed. */
async function main(): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is not set');
  await seed(url, process.argv[2] === 'new' ? 'new' : 'all');
  console.log('The sample rows are there.');
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
