import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { pause } from '../http/waiting.js';
import type { Mailbox, RefusedAt } from './api.js';

/** The settings of projects that send mail. */
export const mailSettings = { url: 'MAIL_URL', from: 'MAIL_FROM' };

/** A mail server (RFC 5321) that keeps what it gets, and can be down or refuse mail. */
export class OwnMailbox implements Mailbox {
  latencyMs = 0;
  readonly #mails: { to: string; text: string }[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #down = false;
  #refused: RefusedAt | undefined;

  private constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
      if (this.#down) socket.destroy();
      else this.#converse(socket).catch(() => socket.destroy());
    });
  }

  static async open(): Promise<OwnMailbox> {
    const mailbox = new OwnMailbox();
    mailbox.#server.listen(0, '127.0.0.1');
    await once(mailbox.#server, 'listening');
    return mailbox;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  to(email: string): string[] {
    const address = email.toLowerCase();
    return this.#mails.filter(({ to }) => to.toLowerCase() === address).map(({ text }) => text);
  }

  fail(): void {
    this.#down = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  refuse(at: RefusedAt): void {
    this.#refused = at;
  }

  restore(): void {
    this.#down = false;
    this.#refused = undefined;
    this.latencyMs = 0;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Takes one mail after another, for one recipient each. */
  async #converse(socket: Socket): Promise<void> {
    const answer = (line: string) => socket.write(`${line}\r\n`);
    let to = '';
    let data: string[] | undefined;
    answer('220 verify');
    for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (data && line !== '.') data.push(line.replace(/^\./, ''));
      else if (data) {
        await pause(this.latencyMs);
        const refused = this.#refused === 'text';
        if (!refused) this.#mails.push({ to, text: textOf(data) });
        data = undefined;
        answer(refused ? `451 4.3.0 nothing for ${to} now` : '250 taken');
      } else if (/^DATA\b/i.test(line)) {
        data = [];
        answer('354 go on');
      } else {
        const recipient = /^RCPT TO:\s*<([^>]*)>/i.exec(line)?.[1];
        to = recipient ?? to;
        if (recipient !== undefined && this.#refused === 'recipient') answer(`550 5.1.1 no mailbox ${to}`);
        else answer(/^QUIT\b/i.test(line) ? '221 bye' : '250 verify');
      }
    }
  }
}

/** The body of a mail, decoded where it is in quoted-printable (RFC 2045, section 6.7). */
function textOf(lines: readonly string[]): string {
  const body = lines.slice(lines.indexOf('') + 1).join('\n');
  if (!lines.some((line) => /^content-transfer-encoding:\s*quoted-printable/i.test(line))) return body;
  const bytes = body
    .replaceAll('=\n', '')
    .replace(/=([0-9A-F]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
