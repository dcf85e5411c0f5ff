import Handlebars from 'handlebars';
import { readDocument } from '../documents/read.js';
import { assemble } from './assemble.js';
import { Catalog } from './catalog.js';
import { helpers } from './helpers.js';
import type { Body } from './layer.js';
import { helperFiles, readHelpers } from './layer-helpers.js';
import { readLayers, readPresets, readVersions, type SourceFile } from './template-files.js';

type CompileOptions = NonNullable<Parameters<typeof Handlebars.precompile>[1]>;

/** Marks in texts that map a rendered line to its file and line below templates/. */
export interface Marks {
  /** The text of a file with its marks. */
  text(file: SourceFile): string;
  /** The mark of each line of a document. */
  ofLines(file: SourceFile): (line: number) => string;
}

/** Options for every template: nothing is escaped, a missing value or helper is an error. @param known names of helpers */
export function compileOptions(known: readonly string[]): CompileOptions {
  return {
    strict: true,
    noEscape: true,
    knownHelpersOnly: true,
    knownHelpers: Object.fromEntries(known.map((name) => [name, true])),
  };
}

/**
 * Reads a templates folder and compiles it. The published package has the same compiled at build time.
 * @param root the folder templates/
 * @param marks what follows the lines of the sources into what is rendered
 */
export function catalogOf(root: string, marks?: Marks): Catalog {
  const layers = readLayers(root);
  const known = { ...helpers, ...readHelpers(helperFiles(root, layers)) };
  const options = compileOptions(Object.keys(known));
  const handlebars = Handlebars.create();
  for (const [name, helper] of Object.entries(known))
    handlebars.registerHelper(name, helper as Handlebars.HelperDelegate);
  const body = (file: SourceFile): Body => {
    const source = `templates/${file.source}`;
    if (file.data) {
      const document = readDocument(file.text, source, marks?.ofLines(file));
      return { read: () => document, source };
    }
    const text = marks?.text(file) ?? file.text;
    if (!file.template) return text;
    const template = handlebars.compile(text, options);
    return Object.assign((context: object) => template(context), { source });
  };
  return new Catalog(
    layers.map((source) => assemble(source, body)),
    readVersions(root),
    readPresets(root),
    known,
  );
}
