import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Api } from './api.js';

const routesFile = /^routes\.[jt]s$/;

/** Registers what every routes.ts below src/auth and src/resources exports, in the order of their paths. */
export async function loadRoutes(api: Api): Promise<void> {
  const files = ['auth', 'resources'].flatMap((folder) =>
    readdirSync(path.join(import.meta.dirname, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => routesFile.test(path.basename(file)))
      .map((file) => path.join(import.meta.dirname, folder, file)),
  );
  for (const file of files.sort()) {
    const routes = (await import(pathToFileURL(file).href)) as { default(api: Api): void };
    routes.default(api);
  }
}
