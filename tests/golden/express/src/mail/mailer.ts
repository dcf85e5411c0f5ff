import type { CallContext } from '../context.js';

/** A mail of plain text. */
export interface Mail {
  /** Address of the recipient. */
  to: string;
  subject: string;
  text: string;
}

/** Hands mail to a mail server. */
export interface Mailer {
  /**
   * Resolves when the mail is taken, also for a recipient who does not exist.
   * @throws Problem `dependency-unavailable`, or why the request was cancelled
   */
  send(mail: Mail, context: CallContext): Promise<void>;
}
