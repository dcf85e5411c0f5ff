import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fs from 'fs-extra';
import type { Ask } from './ask.js';

/** Ranges of a file in UTF-16 units, each from its start up to its end. */
type Ranges = [start: number, end: number][];

/** What a process of V8 has run, as NODE_V8_COVERAGE writes it. */
interface Report {
  result: {
    url: string;
    functions: { ranges: { startOffset: number; endOffset: number; count: number }[] }[];
  }[];
}

/** Which parts of a built program `verify` runs. Languages that V8 does not run have none. */
export class Coverage {
  /** @param unrun of each file that a process has loaded, from the root of the project: what none has run */
  constructor(private readonly unrun: Readonly<Record<string, Ranges>>) {}

  /**
   * Asks all rows of a project without a mistake, or reads what was found out before.
   * @param project the folder of the built project
   * @param kept file for what is found out
   */
  static async of(
    project: string,
    kept: string,
    ask: (env: Record<string, string>) => Ask,
  ): Promise<Coverage> {
    if (!fs.existsSync(kept)) {
      const reports = fs.mkdtempSync(path.join(os.tmpdir(), 'mutants-coverage-'));
      try {
        await ask({ NODE_V8_COVERAGE: reports })(project, []);
        fs.outputJsonSync(kept, unrunIn(readReports(reports), project));
      } finally {
        fs.removeSync(reports);
      }
    }
    return new Coverage(fs.readJsonSync(kept));
  }

  /** Whether a process has run what is from `start` up to `end`, or a part of it; true where nothing is known. */
  runs(file: string, start: number, end: number): boolean {
    if (Object.keys(this.unrun).length === 0) return true;
    const unrun = this.unrun[file];
    return unrun !== undefined && !unrun.some(([from, to]) => from <= start && end <= to);
  }
}

function* readReports(folder: string): Generator<Report> {
  for (const name of fs.readdirSync(folder)) {
    const text = fs.readFileSync(path.join(folder, name), 'utf8');
    // A process that was killed may have left a part of its report.
    if (text.endsWith('}')) yield JSON.parse(text);
  }
}

/** What no process has run, by file of the project: those of its packages do not count. */
export function unrunIn(reports: Iterable<Report>, project: string): Record<string, Ranges> {
  const root = `${fs.realpathSync(project)}${path.sep}`;
  const ran = new Map<string, Uint8Array>();
  for (const { result } of reports) {
    for (const { url, functions } of result) {
      const file = url.startsWith('file:') ? fileURLToPath(url) : '';
      if (!file.startsWith(root) || file.includes(`${path.sep}node_modules${path.sep}`)) continue;
      const ranges = functions.flatMap((each) => each.ranges);
      const here = new Uint8Array(Math.max(...ranges.map(({ endOffset }) => endOffset)));
      // Outer ranges come first, so that inner ones say more of what they are about.
      ranges.sort((a, b) => b.endOffset - b.startOffset - (a.endOffset - a.startOffset));
      for (const { startOffset, endOffset, count } of ranges)
        here.fill(count > 0 ? 1 : 0, startOffset, endOffset);
      const name = file.slice(root.length).replaceAll(path.sep, '/');
      const all = ran.get(name) ?? new Uint8Array(here.length);
      here.forEach((one, at) => {
        if (one) all[at] = 1;
      });
      ran.set(name, all);
    }
  }
  return Object.fromEntries([...ran].map(([name, all]) => [name, zeros(all)]));
}

function zeros(all: Uint8Array): Ranges {
  const ranges: Ranges = [];
  for (let start = all.indexOf(0); start >= 0; ) {
    const next = all.indexOf(1, start);
    const end = next < 0 ? all.length : next;
    ranges.push([start, end]);
    start = next < 0 ? -1 : all.indexOf(0, end);
  }
  return ranges;
}

/**
 * Where a text differs from another: of the first, the range without what both begin and end with. Where the other has more
 * alone, it is what stands on both sides of it.
 */
export function differenceOf(before: string, after: string): { start: number; end: number } {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  let [end, other] = [before.length, after.length];
  while (end > start && other > start && before[end - 1] === after[other - 1]) {
    end -= 1;
    other -= 1;
  }
  return end > start ? { start, end } : { start: Math.max(0, start - 1), end: start + 1 };
}
