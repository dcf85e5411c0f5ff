import readline from 'node:readline';
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
  /** What an empty line means. */
  fallback: string;
  /** What is wrong with an answer, if anything is. */
  problem(text: string): string | undefined;
}

interface SelectQuestion {
  message: string;
  options: readonly Option[];
  /** Whether going back is offered. */
  returnable: boolean;
  initial?: string | undefined;
}

/** A way to ask. Every question throws Cancelled on Ctrl-C, Escape and the end of the input. */
export interface Terminal {
  text(question: TextQuestion): Promise<string>;
  select(question: SelectQuestion): Promise<string | typeof back>;
  note(text: string, title: string): void;
  close(): void;
}

/** Plain lines for terminals that cannot move the cursor, and for screen readers (ACCESSIBLE is set). */
export function openTerminal(env: NodeJS.ProcessEnv): Terminal {
  return env.TERM === 'dumb' || env.ACCESSIBLE ? plainTerminal() : richTerminal();
}

function richTerminal(): Terminal {
  clack.intro('A new API');
  return {
    async text({ message, example, fallback, problem }) {
      const validate = (text: string | undefined) => problem(text || fallback);
      return answered(await clack.text({ message, placeholder: example, defaultValue: fallback, validate }));
    },
    async select({ message, options, returnable, initial }) {
      const all = returnable ? [...options, { value: '', label: '← Back' }] : options;
      const chosen = answered(
        await clack.select({
          message,
          initialValue: initial,
          options: all.map(({ value, label, hint }) => ({ value, label, ...(hint ? { hint } : {}) })),
        }),
      );
      return chosen || back;
    },
    note: (text, title) => clack.note(text, title),
    close: () => {},
  };
}

function plainTerminal(): Terminal {
  const { stdin: input, stdout: output } = process;
  const lines = readline.createInterface({ input, output, terminal: false });
  const iterator = lines[Symbol.asyncIterator]();
  const interrupted = new Promise<never>((_, reject) => {
    process.once('SIGINT', () => reject(new Cancelled()));
  });
  interrupted.catch(() => {});
  const line = async (prompt: string): Promise<string> => {
    output.write(prompt);
    const { done, value } = await Promise.race([iterator.next(), interrupted]);
    if (done) throw new Cancelled();
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
        output.write(`"${text}" is none of the numbers\n`);
      }
    },
    note: (text, title) => void output.write(`${title}\n${text}\n`),
    close: () => lines.close(),
  };
}

function answered<Value>(value: Value): Exclude<Value, symbol> {
  if (clack.isCancel(value)) throw new Cancelled();
  return value as Exclude<Value, symbol>;
}
