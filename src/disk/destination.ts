import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../cli/errors.js';

/** Entries that a folder may have before a project is created in it. */
const harmless =
  /^(\.git|\.github|\.gitkeep|\.vscode|\.idea|\.fleet|\.zed|\.editorconfig|\.DS_Store|Thumbs\.db|LICEN[CS]E(\.md|\.txt)?)$/i;
const command = 'create-scalable-api shop --yes';

/** The folder of a project to be: checked, and made only when it is written to. */
export interface Destination {
  directory: string;
  exists: boolean;
}

/**
 * Looks at the folder. Nothing is changed.
 * @param merge it may hold files already, as long as none of them is one that would be written
 * @throws UserError when a project cannot be made there
 */
export function inspectDestination(given: string, merge: boolean): Destination {
  const directory = path.resolve(given);
  const refuse = (possible: string) => new UserError([{ given: `directory "${given}"`, possible, command }]);
  requireFolders(path.dirname(directory), refuse);
  const link = fs.lstatSync(directory, { throwIfNoEntry: false });
  if (link?.isSymbolicLink()) {
    throw refuse(`is a symbolic link; name the folder that it points to${target(directory)}`);
  }
  if (link && !link.isDirectory()) throw refuse('is a file; choose another name');
  if (link) {
    requireWritable(directory, refuse);
    const others = fs.readdirSync(directory).filter((name) => !harmless.test(name));
    if (others.length > 0 && !merge) {
      const some = others.slice(0, 5).join(', ');
      throw refuse(
        `is not empty (${some}${others.length > 5 ? ', …' : ''}); choose another, or use --merge to add to it`,
      );
    }
    return { directory, exists: true };
  }
  let parent = path.dirname(directory);
  while (!fs.existsSync(parent)) parent = path.dirname(parent);
  requireWritable(parent, refuse);
  return { directory, exists: false };
}

/**
 * Checks a folder that holds files already.
 * @throws UserError with every file that is there and would be written, or whose folder is a link that leads elsewhere
 */
export function requireNoClash({ directory }: Destination, paths: Iterable<string>): void {
  if (!fs.existsSync(directory)) return;
  const root = fs.realpathSync(directory);
  const problems = [...paths].flatMap((file) => {
    const full = path.join(directory, file);
    if (fs.lstatSync(full, { throwIfNoEntry: false })) {
      return [
        {
          given: file,
          possible: 'is there already; move it away, or make the project in another folder',
          command,
        },
      ];
    }
    let folder = path.dirname(full);
    while (!fs.lstatSync(folder, { throwIfNoEntry: false })) folder = path.dirname(folder);
    const real = fs.realpathSync(folder);
    const inside = real === root || real.startsWith(root + path.sep);
    return inside
      ? []
      : [
          {
            given: file,
            possible: 'would be written outside of the folder, through a symbolic link',
            command,
          },
        ];
  });
  if (problems.length > 0) throw new UserError(problems);
}

function requireFolders(folder: string, refuse: (possible: string) => UserError): void {
  const above = path.dirname(folder);
  if (above !== folder) requireFolders(above, refuse);
  const there = fs.statSync(folder, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  if (there) throw refuse(`cannot be made: ${folder} is a file`);
  if (fs.lstatSync(folder, { throwIfNoEntry: false })) {
    throw refuse(`cannot be made: ${folder} is a symbolic link that leads nowhere`);
  }
}

function requireWritable(folder: string, refuse: (possible: string) => UserError): void {
  try {
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
  } catch {
    throw refuse(`cannot be written: no permission for ${folder}`);
  }
}

function target(link: string): string {
  try {
    return ` (${fs.realpathSync(link)})`;
  } catch {
    return '';
  }
}
