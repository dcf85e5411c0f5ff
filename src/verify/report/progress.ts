import type { Row } from '../checks/row.js';
import { hidden, hideInText } from '../http/secrets.js';
import { visible } from '../http/visible.js';
import { duration, outcomes, wasAsked } from './arrange.js';
import { moves, paint, styles, wantsColour } from './paint.js';
import type { Outcome, Progress } from './result.js';

/** The stream for progress, a part of `process.stdout`. */
export interface Output {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

interface Surroundings {
  stdout: Output;
  stderr: Output;
  env: NodeJS.ProcessEnv;
  /** Whether the standard output belongs to a JSON document. */
  json: boolean;
}

/** Told to the end: nothing stays on the current line. */
export interface OpenProgress extends Progress {
  close(): void;
}

/** A live list on a terminal, plain lines elsewhere and for screen readers. Only rows that were asked are told. */
export function openProgress({ stdout, stderr, env, json }: Surroundings): OpenProgress {
  const output = json ? stderr : stdout;
  return moves(output, env) ? liveProgress(output, wantsColour(output, env)) : plainProgress(output);
}

function liveProgress(output: Output, colour: boolean): OpenProgress {
  const painted = paint(colour);
  const clear = '\r\x1b[2K';
  const show = (text: string) => {
    const line = [...safe(text)].slice(0, (output.columns || 80) - 1).join('');
    output.write(`${clear}${painted('dim', line)}`);
  };
  /** Lines of the running rows, the latest at the end. */
  const running = new Map<Row, string>();
  return {
    stage: (text) => show(`${text} …`),
    begin(row, place, of) {
      running.set(row, `  ${place}/${of} ${row.id} ${row.title}`);
      show(running.get(row)!);
    },
    end({ row, outcome, reason, ms }) {
      running.delete(row);
      if (!wasAsked(outcome)) return;
      const mark = painted(styles[outcome], outcomes[outcome].mark);
      const note = reason ? safe(reason) : duration(ms);
      output.write(`${clear}  ${mark} ${row.id.padEnd(4)} ${row.title} ${painted('dim', `(${note})`)}\n`);
      const last = [...running.values()].at(-1);
      if (last) show(last);
    },
    close: () => void output.write(clear),
  };
}

function plainProgress(output: Output): OpenProgress {
  const wordOf = (outcome: Outcome) =>
    ({ passed: 'ok', failed: 'not ok', accepted: 'accepted' })[outcome as string] ?? outcomes[outcome].name;
  return {
    stage: (text) => void output.write(`${safe(text)} …\n`),
    begin() {},
    end({ row, outcome, reason, ms }) {
      if (!wasAsked(outcome)) return;
      const note = reason ? safe(reason) : duration(ms);
      output.write(`${wordOf(outcome)} ${row.id} ${row.title} (${note})\n`);
    },
    close() {},
  };
}

function safe(text: string): string {
  return visible(hideInText(text, hidden));
}
