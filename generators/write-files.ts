import type Generator from 'yeoman-generator';
import type { RenderedFile } from '../src/render/render.js';

/** Has Yeoman write files, run bits included, without prompts: clashes have been checked before. */
export function writeFiles(generator: Generator, files: Iterable<[path: string, file: RenderedFile]>): void {
  for (const [path, { text, executable }] of files) {
    const place = generator.destinationPath(path);
    generator.fs.write(place, text);
    Object.assign(generator.env.sharedFs.get(place), {
      stat: { mode: executable ? 0o755 : 0o644 },
      conflicter: 'force',
    });
  }
}
