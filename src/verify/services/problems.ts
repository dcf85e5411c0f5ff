import { UserError } from '../../cli/errors.js';

/** Makes the error for the person at the keyboard. */
export type Refusal = (given: string, possible: string) => Error;

/** A server that cannot be used or started: why, and that the variable can give another. */
export function unusable(given: string, possible: string, variable: string, example: string): UserError {
  return new UserError(
    [{ given, possible, command: `${variable}=${example} create-scalable-api verify .` }],
    1,
  );
}

/** A URL for messages, without its password. */
export function withoutPassword(url: URL): string {
  const shown = new URL(url);
  if (shown.password) shown.password = '***';
  return shown.href;
}
