/** An error in the user's input: the input, the possible values, a command that works. */
export interface Problem {
  given: string;
  possible: string;
  command?: string;
}

/** An error for the person at the keyboard: shown without a stack. Every other error is a bug. */
export class UserError extends Error {
  override readonly name = 'UserError';

  /**
   * @param problems all that is wrong, at least one
   * @param exitCode 2 when the call was wrong, 1 when a right call failed
   */
  constructor(
    readonly problems: readonly Problem[],
    readonly exitCode: 1 | 2 = 2,
  ) {
    super(problems.map((problem) => `${problem.given}: ${problem.possible}`).join('\n'));
  }
}

/** The user, or a supervisor, cancelled the run. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}
