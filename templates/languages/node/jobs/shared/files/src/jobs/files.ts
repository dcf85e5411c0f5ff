import { createWriteStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { Expiring } from '../database/purge.js';
import { table } from './table.js';

/** In a transaction, which waits for the files. */
const expiredAtOnce = 20;

/** Keeps files for all instances and workers. */
export interface Files {
  /** Writes a file to its end. @returns its size in bytes */
  write(name: string, text: AsyncIterable<string>, signal: AbortSignal): Promise<number>;
  /** @returns undefined when there is no such file */
  read(name: string): Promise<Readable | undefined>;
  /** Deletes a file, or all below a folder. */
  remove(name: string): Promise<void>;
}

/** The files of FILES_URL: a bucket, or a folder such as `file:///data/files`, or in the project `file:.data/files`. */
export function createFiles(url: string): Files {
  if (url.startsWith('s3:')) return bucketOf(url);
  const folder = url.startsWith('file:/') ? fileURLToPath(url) : url.slice('file:'.length);
  const placeOf = (name: string) => path.join(folder, name);
  return {
    async write(name, text, signal) {
      const place = placeOf(name);
      await mkdir(path.dirname(place), { recursive: true });
      await pipeline(Readable.from(text), createWriteStream(place, { flush: true }), { signal });
      return (await stat(place)).size;
    },
    async read(name) {
      const file = await open(placeOf(name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      return file?.createReadStream();
    },
    async remove(name) {
      await rm(placeOf(name), { recursive: true, force: true });
    },
  };
}

/** Files in a bucket. Its client is loaded where there is one alone, as that takes 250 ms and 25 MB. */
function bucketOf(url: string): Files {
  const bucket = import('./bucket.js').then(({ openBucket }) => openBucket(new URL(url)));
  return {
    write: async (...given) => (await bucket).write(...given),
    read: async (name) => (await bucket).read(name),
    remove: async (name) => (await bucket).remove(name),
  };
}

/** Jobs that are over for long enough, with their files, for the purge. */
export function expiredJobs(files: Files): Expiring {
  return {
    name: 'jobs',
    async purge(transaction) {
      const ids = (await transaction.query(table.expired(expiredAtOnce))).map(({ id }) => id);
      // Files first: a file of an existing row can still be found if this ends in between.
      await Promise.all(ids.map((id) => files.remove(`exports/${id}`)));
      if (ids.length > 0) await transaction.query(table.remove(ids));
      return ids.length;
    },
  };
}
