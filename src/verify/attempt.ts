import { UserError } from '../cli/errors.js';

/**
 * Runs a command of the project.
 * @param command its name, for the message
 * @throws UserError with the output of the command when it fails
 */
export async function attempt<Value>(command: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError || (error as Error).name === 'Cancelled') throw error;
    throw new UserError(
      [{ given: `the project's ${command} command`, possible: `failed:\n${(error as Error).message}` }],
      1,
    );
  }
}
