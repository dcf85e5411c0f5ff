import { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Problem } from '../problem.js';
import type { Files } from './files.js';

/** Of a connection, and of an answer. */
const [connectMs, answerMs] = [2000, 10_000];

/**
 * Files in a bucket of S3, or of a store that speaks its protocol. Credentials come from the environment or the machine.
 * @param url `s3://bucket/prefix?region=eu-central-1`, with `&endpoint=https://…` for another store than AWS
 */
export function openBucket(url: URL): Files {
  const { hostname: Bucket, pathname, searchParams } = url;
  const [region, endpoint] = ['region', 'endpoint'].map((name) => searchParams.get(name) ?? undefined);
  const client = new S3Client({
    ...(region && { region }),
    // Other stores seldom have a host for each bucket, or know the checksums of AWS.
    ...(endpoint && { endpoint, forcePathStyle: true }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: connectMs, requestTimeout: answerMs, throwOnRequestTimeout: true },
  });
  const keyOf = (name: string) => `${pathname}/${name}`.replaceAll(/\/+/g, '/').slice(1);

  return {
    async write(name, text, signal) {
      let bytes = 0;
      async function* counted() {
        for await (const part of text) {
          bytes += Buffer.byteLength(part);
          yield Buffer.from(part);
        }
      }
      const body = Readable.from(counted(), { objectMode: false });
      // A part at a time: they are kept in memory.
      const upload = new Upload({ client, params: { Bucket, Key: keyOf(name), Body: body }, queueSize: 1 });
      const abort = () => upload.abort();
      signal.addEventListener('abort', abort);
      try {
        signal.throwIfAborted();
        await upload.done();
        return bytes;
      } finally {
        signal.removeEventListener('abort', abort);
        body.destroy();
      }
    },
    async read(name) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: keyOf(name) }));
        return Body as Readable;
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw new Problem('dependency-unavailable', { detail: 'The file store does not answer.' });
      }
    },
    async remove(name) {
      const Prefix = keyOf(name);
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
        // Not that of another name that begins like this one.
        const keys = Contents.filter(({ Key }) => Key === Prefix || Key!.startsWith(`${Prefix}/`));
        const Objects = keys.map(({ Key }) => ({ Key }));
        if (Objects.length === 0) continue;
        const { Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
        if (Errors?.length) throw new Error(`not deleted: ${Errors[0]!.Key}, ${Errors[0]!.Message}`);
      }
    },
  };
}
