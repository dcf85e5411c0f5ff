import readline from 'node:readline';
import type { ReadStream } from 'node:tty';
import * as clack from '@clack/prompts';
import { Cancelled } from './errors.js';

/** The answer of someone who wants the question before. */
export const back = Symbol('back');

export interface Option {
  value: string;
  label: string;
  hint?: string | undefined;
}

interface TextQuestion {
  message: string;
  example: string;
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
  text(question: TextQuestion): Promise<string>;
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
    async text({ message, example, fallback, problem }) {
      const validate = (text: string | undefined) => problem(text || fallback);
      const question = { message, placeholder: example, defaultValue: fallback, validate };
      return answered((own) => clack.text({ ...question, signal: own }));
    },
    async select({ message, options, returnable, initial }) {
      const all = returnable ? [...options, { value: '', label: '← Back' }] : options;
      const chosen = await answered((own) =>
        clack.select({
          message,
          initialValue: initial,
          options: all.map(({ value, label, hint }) => ({ value, label, ...(hint ? { hint } : {}) })),
          signal: own,
        }),
      );
      return chosen || back;
    },
    note: (text, title) => clack.note(text, title),
    close: () => {},
  };
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
    async text({ message, example, fallback, problem }) {
      const prompt = `${message}\nFor example: ${example}\n${fallback ? `[${fallback}] ` : ''}> `;
      for (;;) {
        const text = (await line(prompt)) || fallback;
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
      const all = [message, ...listed, ...(returnable ? ['0 Back'] : [])].join('\n');
      for (;;) {
        const text = (await line(`${all}\nNumber [${first}] > `)) || `${first}`;
        if (returnable && text === '0') return back;
        const option = /^\d+$/.test(text) ? options[Number(text) - 1] : undefined;
        if (option) return option.value;
        output.write(`"${text}" is not one of the numbers\n`);
      }
    },
    note: (text, title) => void output.write(`${title}\n${text}\n`),
    close: () => lines.close(),
  };
}

/** Readline switches the terminal back when it is closed, and throws where the terminal has gone. */
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
