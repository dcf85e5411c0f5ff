import Handlebars from 'handlebars';
import { Catalog } from './catalog.js';
import { helpers } from './helpers.js';
import type { Body, Layer } from './layer.js';
import { readLayers, readVersions, type SourceFile } from './template-files.js';

/** Options for every template: nothing is escaped, a missing value is an error. */
export const compileOptions = { strict: true, noEscape: true } as const;

/**
 * Reads a templates folder and compiles it. The published package has the same compiled at build time.
 * @param root the folder templates/
 */
export function catalogOf(root: string): Catalog {
  const handlebars = Handlebars.create();
  for (const [name, helper] of Object.entries(helpers))
    handlebars.registerHelper(name, helper as Handlebars.HelperDelegate);
  const body = (file: SourceFile): Body => {
    if (!file.template) return file.text;
    const template = handlebars.compile(file.text, compileOptions);
    return (context) => template(context);
  };
  return new Catalog(
    readLayers(root).map((source) => assemble(source, body)),
    readVersions(root),
  );
}

/** Makes a layer of its files, given how to get at their content. */
export function assemble<File extends { path: string; executable: boolean }>(
  source: {
    id: string;
    data: Layer['data'];
    files: File[];
    parts: File[];
    resourceFiles: File[];
    resourceParts: File[];
  },
  body: (file: File) => Body,
): Layer {
  const file = (entry: File) => ({ path: entry.path, executable: entry.executable, body: body(entry) });
  const part = (entry: File) => ({ slot: entry.path.split('.')[0]!, body: body(entry) });
  return {
    id: source.id,
    data: source.data,
    files: source.files.map(file),
    parts: source.parts.map(part),
    resourceFiles: source.resourceFiles.map(file),
    resourceParts: source.resourceParts.map(part),
  };
}
