import { reset } from './dev/database.js';
import { developmentEnvironment } from './dev/environment.js';

// npm run reset: throws the data of development away. The next start makes it anew.
try {
  console.log(await reset(developmentEnvironment()));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
