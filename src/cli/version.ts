import { readFileSync } from 'node:fs';

/** Version of the generator. The build puts the text itself in its place. */
export const version: string = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
).version;
