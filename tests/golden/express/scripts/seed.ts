import { seed } from '../src/database/migrate.js';

// npm run seed: puts the sample rows of seeds/ into the database of DATABASE_URL. Rows that are there stay as they are.
const url = process.env.DATABASE_URL;
if (!url) {
  console.error('DATABASE_URL is not set');
  process.exit(1);
}
await seed(url);
console.log('The sample rows are there.');
