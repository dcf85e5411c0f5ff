import { createTransport } from 'nodemailer';
import type { Config } from '../config.js';
import type { CallContext } from '../context.js';
import { EnvironmentError } from '../env.js';
import { dependencyUnavailable } from '../problem.js';
import { createBreaker } from '../resilience.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { inSpan } from '../telemetry/trace.js';
import type { Mail, Mailer } from './mailer.js';

interface Dependencies {
  config: Pick<Config, 'MAIL_FROM' | 'MAIL_URL' | 'REQUEST_TIMEOUT_MS'>;
  log: Log;
  metrics: Metrics;
}

/** An error of nodemailer. */
interface SmtpError extends Error {
  code?: string;
  command?: string;
  responseCode?: number;
}

/** Hosts that mail reaches without leaving this machine. */
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Mail through the server of MAIL_URL. `smtps:` is TLS from the start; `smtp:` changes to TLS (RFC 3207), which only a
 * server on this machine may lack.
 * @returns undefined without MAIL_URL
 * @throws EnvironmentError when the sender is missing
 */
export function createMailer({ config, log, metrics }: Dependencies): Mailer | undefined {
  const { MAIL_FROM: from, MAIL_URL: url, REQUEST_TIMEOUT_MS: timeout } = config;
  if (url === '') return undefined;
  if (from === '') throw new EnvironmentError(['MAIL_FROM is not set: mail needs a sender']);
  const { hostname, protocol } = new URL(url);
  const transport = createTransport({
    url,
    requireTLS: protocol === 'smtp:' && !loopback.test(hostname),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
  });
  const breaker = createBreaker('mail', metrics, (error) => !isRecipientRefused(error));
  const headers = { 'auto-submitted': 'auto-generated' };

  async function deliver(mail: Mail, { requestId }: CallContext): Promise<void> {
    try {
      await breaker.execute(() =>
        transport.sendMail({ from, ...mail, headers, textEncoding: 'quoted-printable' }),
      );
    } catch (error) {
      const { code, name, responseCode } = error as SmtpError;
      // Without its text, which may hold the address.
      if (!isRecipientRefused(error as SmtpError)) {
        const reason = [code ?? name, responseCode].filter(Boolean).join(' ');
        throw dependencyUnavailable('mail server', new Error(`mail not sent: ${reason}`));
      }
      log.warn({ requestId, code, responseCode }, 'mail refused for its recipient');
    }
  }

  return {
    send: (mail, context) =>
      inSpan(
        context.span,
        'SMTP',
        { 'server.address': hostname },
        () =>
          new Promise<void>((resolve, reject) => {
            const stop = context.onCancel(reject);
            deliver(mail, context).then(resolve, reject).finally(stop);
          }),
      ),
  };
}

/** Whether the server works, but there is no such mailbox; clients get the same response as for any other. */
function isRecipientRefused({ command, responseCode = 0 }: SmtpError): boolean {
  return command === 'RCPT TO' && responseCode >= 500;
}
