import type { Marks } from '../../src/catalog/bodies.js';
import type { SourceFile } from '../../src/catalog/template-files.js';

/** A line of a file below templates/. */
export interface Origin {
  file: string;
  /** From 1 on. */
  line: number;
}

/** Marks are of the private use area of Unicode, which no template holds. */
const marks = /\ue000(\d+):(\d+)\ue001/gu;

/** Tells which line of which template each rendered line comes from, by marks that go through the rendering. */
export class TemplateLines implements Marks {
  readonly #files: string[] = [];

  /** The text of a template, with a mark before the first text of each line. */
  text(file: SourceFile): string {
    const mark = this.ofLines(file);
    let insideTag = false;
    return file.text
      .split('\n')
      .map((line, place) => {
        const beginsInside = insideTag;
        if (file.template) insideTag = endsInsideTag(line, insideTag);
        const at = beginsInside ? -1 : firstText(line, file.template);
        return at < 0 ? line : `${line.slice(0, at)}${mark(place + 1)}${line.slice(at)}`;
      })
      .join('\n');
  }

  /** The mark of each line of a file. */
  ofLines(file: SourceFile): (line: number) => string {
    const number = this.#files.push(file.source) - 1;
    return (line) => `\ue000${number}:${line}\ue001`;
  }

  /**
   * Takes the marks out.
   * @returns the text as it is written, and the origin of each of its lines; a line without one has that of the line before
   */
  read(rendered: string): { text: string; origins: (Origin | undefined)[] } {
    let last: Origin | undefined;
    const origins = rendered.split('\n').map((line) => {
      for (const [, file, number] of line.matchAll(marks))
        last = { file: this.#files[Number(file)]!, line: Number(number) };
      return last;
    });
    return { text: rendered.replaceAll(marks, ''), origins };
  }
}

function endsInsideTag(line: string, before: boolean): boolean {
  const tags = [...line.matchAll(/\{\{|\}\}/g)];
  return tags.length === 0 ? before : tags.at(-1)![0] === '{{';
}

/**
 * Where the first text of a line stands that is no blank and no tag: before a tag, a mark would be in the way of what
 * Handlebars does with blanks. @returns -1 when there is none
 */
function firstText(line: string, template: boolean): number {
  const tagsBlanked = template ? line.replace(/\{\{.*?(\}\}|$)/g, (tag) => ' '.repeat(tag.length)) : line;
  return tagsBlanked.search(/\S/);
}
