import * as database from './dev/database.js';
import { developmentEnvironment } from './dev/environment.js';
import { run, typescript } from './dev/typescript.js';

// Runs a file of the project with the settings and the database of development, which is started unless it runs.
const [file, ...args] = process.argv.slice(2);
const environment = developmentEnvironment();
try {
  const { env, stop } = await database.prepare(environment);
  try {
    process.exitCode = await run([...typescript(file!), ...args], { ...environment, ...env });
  } finally {
    await stop();
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
