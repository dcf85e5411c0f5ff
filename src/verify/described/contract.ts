import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { UserError } from '../../cli/errors.js';
import { nearest } from '../../cli/nearest.js';
import { Contract, type Naming } from '../contract/contract.js';
import { readNaming, verifyFile } from '../contract/names.js';
import type { Description } from './description.js';
import { documentOf } from './project.js';
import { lineIn } from './read.js';

/** For a document, in milliseconds: some frameworks make it when it is asked for first. */
const patience = 60_000;

/**
 * The document of a project. The path of its first server stands before each of its paths, as requests have it.
 * @param url of an instance
 * @throws UserError when it cannot be read, or is none
 */
export async function contractOf(
  directory: string,
  description: Description,
  url: string,
): Promise<Contract> {
  const naming = readNaming(path.join(directory, verifyFile));
  const file = documentOf(directory, description);
  try {
    let text =
      file === undefined ? await served(`${url}${description.openapi}`) : fs.readFileSync(file, 'utf8');
    const document = parse(text);
    const [server] = document?.servers ?? [];
    const { pathname } = new URL(server?.url ?? '/', url);
    const base = pathname.replace(/\/+$/, '');
    if (base !== '' && document.paths) text = movedBelow(base, document);
    const contract = new Contract(text, undefined, namedBelow(base, naming));
    expectTables(contract, base, path.join(directory, verifyFile), naming);
    return contract;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      [
        {
          given: file ?? `${url}${description.openapi}`,
          possible: `should be the OpenAPI 3 document of the API: ${(error as Error).message}`,
        },
      ],
      1,
    );
  }
}

/** The document with the path of its first server before each of its paths. */
// biome-ignore lint/suspicious/noExplicitAny: any OpenAPI document
function movedBelow(base: string, document: any): string {
  const paths = Object.entries(document.paths).map(([place, item]) => [`${base}${place}`, item]);
  return JSON.stringify({ ...document, servers: [], paths: Object.fromEntries(paths) });
}

/** The names and values of verify.yaml, by the paths of requests instead of those of the document. */
function namedBelow(base: string, { names, values, tables }: Naming): Naming {
  const below = <Value>(given: Record<string, Value>, path: RegExp) =>
    Object.fromEntries(Object.entries(given).map(([key, value]) => [key.replace(path, `$1${base}/`), value]));
  return { names, values: below(values, /^([A-Z]+ )\//), tables: below(tables, /^()\//) };
}

/** @throws UserError for a table of a path that is not in the document */
function expectTables({ operations }: Contract, base: string, file: string, { tables }: Naming): void {
  const paths = operations.map((operation) => operation.path.slice(base.length));
  const problems = Object.keys(tables)
    .filter((place) => !paths.includes(place))
    .map((place) => {
      const meant = nearest(place, paths);
      return {
        given: `${file}:${lineIn(file, ['tables', place])}`,
        possible: `\`tables\` ${place} is no path of the document${meant ? `; did you mean "${meant}"?` : ''}`,
      };
    });
  if (problems.length > 0) throw new UserError(problems);
}

async function served(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(patience) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.text();
}
