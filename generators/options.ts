import type { Answers } from '../src/answers.js';
import type { RenderedFile } from '../src/render.js';

/** What both generators are given: answers, or the files that have been rendered from them already. */
export interface GeneratorOptions {
  answers: Answers;
  version: string;
  files?: ReadonlyMap<string, RenderedFile>;
  [option: string]: unknown;
}
