import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** A mail that was received. */
export interface ReceivedMail {
  to: string;
  text: string;
}

/**
 * A mail server on this machine that delivers nothing: it shows mail.
 * @param receive called with each mail before the sender hears that it was taken; an error refuses the mail
 * @returns its URL, and how it ends
 */
export async function startMailServer(receive: (mail: ReceivedMail) => void) {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, { envelope }, done) {
      text(stream)
        .then((source) => receive({ to: envelope.rcptTo[0]?.address ?? '', text: bodyOf(source) }))
        .then(() => done(), done);
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** The text of a mail in quoted-printable (RFC 2045, section 6.7). */
function bodyOf(source: string): string {
  const body = source.slice(source.indexOf('\r\n\r\n') + 4).replaceAll('=\r\n', '');
  const bytes = body.replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8').replaceAll('\r\n', '\n').trim();
}
