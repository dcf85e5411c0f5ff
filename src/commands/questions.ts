import { back } from '../cli/terminal.js';

/** Asks a question, and keeps the answer. @param returnable whether there is a question to go back to */
export type Question = (returnable: boolean) => Promise<typeof back | 'asked' | 'nothing to ask'>;

/** Prompts one question after another; `back` repeats the one before. */
export async function inTurn(questions: readonly Question[]): Promise<void> {
  const asked: number[] = [];
  for (let at = 0; at < questions.length; ) {
    const step = await questions[at]!(asked.length > 0);
    if (step === back) at = asked.pop()!;
    else {
      if (step === 'asked') asked.push(at);
      at += 1;
    }
  }
}
