import { type ReceivedMail, startMailServer } from '../../scripts/dev/mail-server.js';
import type { Answer, Api } from './api.js';

const token = /[\w-]+\.[\w-]+\.[\w-]+$/m;

/** A mail server for the instances of a test, and what it received. */
export async function openMailbox() {
  const mails: ReceivedMail[] = [];
  const { url, stop } = await startMailServer((mail) => mails.push(mail));
  const isTo = (email: string, { to }: ReceivedMail) => to.toLowerCase() === email.toLowerCase();
  const to = (email: string) => mails.filter((mail) => isTo(email, mail)).map(({ text }) => text);
  const tokenOf = (email: string) => token.exec(to(email).at(-1) ?? '')?.[0];
  return {
    /** Settings of instances that send their mail here. */
    environment: { MAIL_URL: url, MAIL_FROM: 'no-reply@example.com' },
    /** Texts of the mails to an address. */
    to,
    /** The token in the last mail to an address. */
    tokenOf,
    /** Makes an account with the token that its address gets. */
    async register(api: Api, email: string, password: string, headers = {}): Promise<Answer> {
      await api.send('POST', '/v1/auth/register', { body: { email }, headers });
      return api.send('POST', '/v1/auth/confirm', { body: { token: tokenOf(email), password }, headers });
    },
    stop,
  };
}
