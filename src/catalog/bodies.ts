import Handlebars from 'handlebars';
import { readDocument } from '../documents/read.js';
import type { Body } from './layer.js';
import type { Helper } from './layer-helpers.js';
import type { SourceFile } from './template-files.js';

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
 * Compiles the files of layers.
 * @param folder what their folder is called in errors
 * @param known the helpers that templates call
 * @param marks what follows the lines of the sources into what is rendered
 */
export function bodiesOf(
  folder: string,
  known: Readonly<Record<string, Helper>>,
  marks?: Marks,
): (file: SourceFile) => Body {
  const options = compileOptions(Object.keys(known));
  const handlebars = Handlebars.create();
  for (const [name, helper] of Object.entries(known))
    handlebars.registerHelper(name, helper as Handlebars.HelperDelegate);
  return (file) => {
    const source = `${folder}/${file.source}`;
    if (file.data) {
      const document = readDocument(file.text, source, marks?.ofLines(file));
      return { read: () => document, source };
    }
    const text = marks?.text(file) ?? file.text;
    if (!file.template) return text;
    const template = handlebars.compile(text, options);
    return Object.assign((context: object) => template(context), { source });
  };
}
