import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { UserError } from '../../cli/errors.js';
import { Contract } from '../contract/contract.js';
import { readNaming, verifyFile } from '../contract/names.js';
import type { Description } from './description.js';
import { documentOf } from './project.js';

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
    const text =
      file === undefined ? await served(`${url}${description.openapi}`) : fs.readFileSync(file, 'utf8');
    const document = parse(text);
    const [server] = document?.servers ?? [];
    const { pathname } = new URL(server?.url ?? '/', url);
    const base = pathname.replace(/\/+$/, '');
    if (base === '' || !document.paths) return new Contract(text, undefined, naming);
    const paths = Object.entries(document.paths).map(([place, item]) => [`${base}${place}`, item]);
    const moved = { ...document, servers: [], paths: Object.fromEntries(paths) };
    return new Contract(JSON.stringify(moved), undefined, naming);
  } catch (error) {
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

async function served(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(patience) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.text();
}
