import path from 'node:path';
import { UserError } from '../cli/errors.js';
import type { Project } from './answers.js';

/** A name in DNS has 63 letters at most; deployments put words such as "-staging" behind it. */
const longest = 55;
/** Names that npm or Node.js keep for themselves. */
const refused = new Set(
  'node_modules favicon.ico assert buffer child_process cluster console constants crypto dgram dns domain events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream string_decoder sys test timers tls tty url util v8 vm wasi worker_threads zlib'.split(
    ' ',
  ),
);

/**
 * Derives the names of a project from its folder: names that package registries, databases and image tags accept.
 * @throws UserError when nothing usable is left of it
 */
export function projectOf(directory: string): Project {
  return namesOf(path.basename(path.resolve(directory)), 'directory');
}

/**
 * Derives the names of a project from the name that its user gives.
 * @throws UserError when nothing usable is left of it
 */
export function projectNamed(title: string): Project {
  return namesOf(title, 'name');
}

function namesOf(text: string, source: 'directory' | 'name'): Project {
  const title = text.normalize('NFC');
  const name = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  const refuse = (possible: string) =>
    new UserError([
      { given: `${source} "${title}"`, possible, command: 'create-scalable-api shop-api --yes' },
    ]);
  if (title.toLowerCase() === 'node_modules' || refused.has(name)) {
    throw refuse('npm refuses a package of this name; choose another, such as "shop-api"');
  }
  if (name === '') throw refuse(`gives no package name; use a ${source} with a Latin letter`);
  if (name.length > longest)
    throw refuse(`is too long for a package, database and image name; at most ${longest} letters`);
  return { title, name, snake: name.replaceAll('-', '_') };
}
