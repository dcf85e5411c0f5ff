import { hash } from 'node:crypto';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fs from 'fs-extra';
import { comments } from './later-version.js';

/** A migration stays as it was rendered first. */
export const isMigration = (file: string) => /^migrations\/(versions\/)?\d/.test(file);

/**
 * What an owner does to a project of either version: comments in the middle of files, a file more and one less.
 * @param before the texts of the earlier version, by path
 * @param after those of the later one
 * @returns the files with a comment
 */
export function edit(root: string, before: Record<string, string>, after: Record<string, string>): string[] {
  const edited = Object.keys(before).filter((file) => {
    const comment = comments[path.extname(file)];
    if (!comment || isMigration(file) || hash('sha256', `edit ${file}`).charCodeAt(0) % 3 === 0) return false;
    const [old, next] = [before, after].map((files) => files[file]?.split('\n') ?? []) as [
      string[],
      string[],
    ];
    const once = (lines: string[], line: string) => lines.filter((other) => other === line).length === 1;
    // Where the later version has changed the line beside it, this would clash.
    const isAlike = (line: string) => {
      const around = [old, next].map((lines) =>
        lines.slice(lines.indexOf(line) - 1, lines.indexOf(line) + 3),
      );
      return isDeepStrictEqual(around[0], around[1]);
    };
    const middle = old
      .slice(4, -4)
      .find(
        (line, index, { length }) =>
          index * 2 >= length && once(old, line) && once(next, line) && isAlike(line),
      );
    if (middle === undefined) return false;
    const full = path.join(root, file);
    const mine = `${middle}\n${comment[0]}Mine.${comment[1]}\n`;
    fs.writeFileSync(
      full,
      fs.readFileSync(full, 'utf8').replace(`${middle}\n`, () => mine),
    );
    return true;
  });
  fs.writeFileSync(path.join(root, 'mine.txt'), 'mine\n');
  fs.removeSync(path.join(root, 'AGENTS.md'));
  return edited;
}
