import type { Answers } from '../answers/answers.js';
import type { Warning } from '../capacity/warnings.js';

/** The result of a run or a dry run. */
export interface Created {
  answers: Answers;
  directory: string;
  files: string[];
  /** The command that creates it again. */
  command: string;
  /** Budgets that the load breaks. */
  warnings: Warning[];
  next: string[];
  written: boolean;
  /** Whether its packages are installed. */
  installed: boolean;
}

/** The result and the next steps, for a person. */
export function createdText(created: Created): string {
  const { answers, files, directory, command, warnings, next, written, installed } = created;
  const lines = written
    ? [`Created ${answers.project.name} in ${directory} (${files.length} files).`]
    : [...tree(files), '', `Would create ${files.length} files in ${directory}. Nothing was written.`];
  lines.push('', 'Recreate with:', `  ${command}`);
  if (warnings.length > 0)
    lines.push(
      '',
      'The load exceeds a budget; see docs/capacity.md:',
      ...warnings.map(({ what }) => `  ${what}`),
    );
  if (written) lines.push('', 'Next:', ...next.map((step) => `  ${step}`));
  if (written && !installed)
    lines.push('', 'The installation writes the lock file. Commit it: the image build needs it.');
  return `${lines.join('\n')}\n`;
}

function tree(files: readonly string[]): string[] {
  const shown = new Set<string>();
  return files.flatMap((file) => {
    const parts = file.split('/');
    return parts.flatMap((part, depth) => {
      const key = parts.slice(0, depth + 1).join('/');
      if (shown.has(key)) return [];
      shown.add(key);
      return [`${'  '.repeat(depth)}${part}${depth < parts.length - 1 ? '/' : ''}`];
    });
  });
}
