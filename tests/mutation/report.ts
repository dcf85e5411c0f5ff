import type { Result } from './results.js';
import { isEquivalent, type Score, scoreText } from './score.js';

/** What a developer reads after a run: the tables, the files, and the mutants that escaped. */
export function reportText(
  framework: string,
  score: Score,
  results: readonly Result[],
  equivalent: ReadonlyMap<string, string>,
): string {
  const escaped = results.filter(
    (result) => result.outcome === 'escaped' && !isEquivalent(result, equivalent),
  );
  const unclear = results.filter(({ outcome }) => outcome === 'unclear');
  return [
    scoreText({ [framework]: score }),
    ['| file | found | all |', '|---|---|---|', ...fileLines(results)].join('\n'),
    `## Escaped: ${escaped.length}`,
    ...escaped.map(mutantText),
    `## Unclear: ${unclear.length}`,
    ...unclear.map(mutantText),
  ].join('\n\n');
}

function fileLines(results: readonly Result[]): string[] {
  return [...new Set(results.map(({ file }) => file))].sort().map((file) => {
    const own = results.filter((result) => result.file === file);
    return `| ${file} | ${own.filter(({ outcome }) => outcome === 'found').length} | ${own.length} |`;
  });
}

/** A mutant as a diff. */
export function mutantText({ hash, operator, file, line, before, after }: Omit<Result, 'outcome'>): string {
  const marked = (mark: string, text: string) =>
    text
      .split('\n')
      .map((each) => `${mark} ${each}`)
      .join('\n');
  return `${file}:${line} ${operator} ${hash}\n${marked('-', before)}\n${marked('+', after)}`;
}
