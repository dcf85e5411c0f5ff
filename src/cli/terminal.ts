import readline from 'node:readline';
import type { ReadStream } from 'node:tty';
import * as clack from '@clack/prompts';
import { Cancelled } from './errors.js';

/** The answer of someone who wants the question before. */
export const back = Symbol('back');
/** The word for it, in a list of options and as a text. */
export const backWord = 'back';

export interface Option {
  value: string;
  label: string;
  hint?: string | undefined;
}

interface TextQuestion {
  message: string;
  example: string;
  /** Whether going back is offered. */
  returnable: boolean;
  /** The meaning of an empty line. */
  fallback: string;
  /** The error of an answer, if it is invalid. */
  problem(text: string): string | undefined;
}

interface SelectQuestion {
  message: string;
  options: readonly Option[];
  /** Whether going back is offered. */
  returnable: boolean;
  initial?: string | undefined;
}

/** A way to ask. Every question throws Cancelled on Ctrl-C, Escape, the end of the input and the signal. */
export interface Terminal {
  text(question: TextQuestion): Promise<string | typeof back>;
  select(question: SelectQuestion): Promise<string | typeof back>;
  note(text: string, title: string): void;
  close(): void;
}

/**
 * Plain lines for terminals that cannot move the cursor, and for screen readers (ACCESSIBLE is set).
 * @param signal takes back the question that stands, and leaves the terminal as it was
 */
export function openTerminal(env: NodeJS.ProcessEnv, signal: AbortSignal): Terminal {
  return env.TERM === 'dumb' || env.ACCESSIBLE ? plainTerminal(signal) : richTerminal(signal);
}

function richTerminal(signal: AbortSignal): Terminal {
  surviveHangUp(process.stdin);
  clack.intro('create-scalable-api');
  /** A question listens to its signal for ever, so each is given its own. */
  const answered = async <Value>(question: (signal: AbortSignal) => Promise<Value>) => {
    signal.throwIfAborted();
    const own = new AbortController();
    const stop = () => own.abort();
    signal.addEventListener('abort', stop, { once: true });
    process.stdin.once('end', stop);
    const answer = await question(own.signal);
    signal.removeEventListener('abort', stop);
    process.stdin.off('end', stop);
    if (clack.isCancel(answer)) throw new Cancelled();
    return answer as Exclude<Value, symbol>;
  };
  return {
    async text({ message, example, returnable, fallback, problem }) {
      const isBack = (text: string | undefined) => returnable && text === backWord;
      const validate = (text: string | undefined) => (isBack(text) ? undefined : problem(text || fallback));
      const question = { message: asked(message, returnable), placeholder: example, defaultValue: fallback };
      const text = await answered((own) => clack.text({ ...question, validate, signal: own }));
      return isBack(text) ? back : text;
    },
    async select({ message, options, returnable, initial }) {
      const all: Option[] = returnable ? [...options, { value: '', label: backWord }] : [...options];
      const width = Math.max(...all.map(({ label }) => label.length));
      const chosen = await answered((own) =>
        clack.select({
          message,
          initialValue: initial,
          options: all.map(({ value, label, hint }) => ({ value, label: lineOf(label, hint, width) })),
          signal: own,
        }),
      );
      return chosen || back;
    },
    note: (text, title) => clack.note(text, title),
    close: () => {},
  };
}

function asked(message: string, returnable: boolean): string {
  return returnable ? `${message}; "${backWord}" returns` : message;
}

/** An option with its hint: clack shows only the hint of the option under the cursor. @param width of all labels */
function lineOf(label: string, hint: string | undefined, width: number): string {
  return hint ? `${label.padEnd(width)}  ${hint}` : label;
}

function plainTerminal(signal: AbortSignal): Terminal {
  const { stdin: input, stdout: output } = process;
  const lines = readline.createInterface({ input, output, terminal: false, signal });
  const iterator = lines[Symbol.asyncIterator]();
  const line = async (prompt: string): Promise<string> => {
    signal.throwIfAborted();
    output.write(prompt);
    const { done, value } = await iterator.next();
    if (done || signal.aborted) throw new Cancelled();
    return value.trim();
  };
  return {
    async text({ message, example, returnable, fallback, problem }) {
      const prompt = `${asked(message, returnable)}\nFor example: ${example}\n${fallback ? `[${fallback}] ` : ''}> `;
      for (;;) {
        const text = (await line(prompt)) || fallback;
        if (returnable && text === backWord) return back;
        const wrong = problem(text);
        if (!wrong) return text;
        output.write(`${wrong}\n`);
      }
    },
    async select({ message, options, returnable, initial }) {
      const listed = options.map(
        ({ label, hint }, index) => `${index + 1} ${label}${hint ? `: ${hint}` : ''}`,
      );
      const first =
        Math.max(
          0,
          options.findIndex(({ value }) => value === initial),
        ) + 1;
      const all = [asked(message, returnable), ...listed].join('\n');
      for (;;) {
        const text = (await line(`${all}\nNumber or name [${first}] > `)) || `${first}`;
        if (returnable && text === backWord) return back;
        const option = /^\d+$/.test(text) ? options[Number(text) - 1] : named(options, text);
        if (option) return option.value;
        output.write(`"${text}" is not one of the numbers or names\n`);
      }
    },
    note: (text, title) => void output.write(`${title}\n${text}\n`),
    close: () => lines.close(),
  };
}

/** The option of that value or label, in whichever case. */
function named(options: readonly Option[], text: string): Option | undefined {
  const same = (word: string) => word.toLowerCase() === text.toLowerCase();
  return options.find(({ value }) => same(value)) ?? options.find(({ label }) => same(label));
}

/** Readline switches the terminal back when it is closed, and throws when the terminal is closed. */
function surviveHangUp(input: ReadStream): void {
  const setRawMode = input.setRawMode.bind(input);
  input.setRawMode = (mode) => {
    try {
      return setRawMode(mode);
    } catch {
      return input;
    }
  };
}
