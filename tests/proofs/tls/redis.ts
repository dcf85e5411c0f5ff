import { execa } from 'execa';
import { until } from '../../../src/verify/http/waiting.js';
import { ServerProcess } from '../../../src/verify/services/server-process.js';
import type { Authority, Certificate } from './authority.js';

/** With what would mean something else in a URL, where it is encoded. */
const password = 'a word with # / ? % @ : & in between';

/** A Redis server that speaks TLS only. */
export class TlsRedis {
  private constructor(
    private readonly program: ServerProcess,
    private readonly authority: Authority,
    readonly port: number,
  ) {}

  /** @param folder an existing one, for its data */
  static async start(
    folder: string,
    port: number,
    authority: Authority,
    { file, key }: Certificate,
  ): Promise<TlsRedis> {
    const args = [
      ...['--port', '0', '--tls-port', `${port}`, '--bind', '127.0.0.1', '--requirepass', password],
      ...['--save', '', '--appendonly', 'no', '--dir', folder],
      ...['--tls-cert-file', file, '--tls-key-file', key, '--tls-ca-cert-file', authority.file],
      ...['--tls-auth-clients', 'no'],
    ];
    const program = new ServerProcess('redis-server', args, {}, process.env);
    if (!(await until(() => program.printed.includes('Ready to accept connections'), 10_000)))
      throw new Error(`Redis does not start: ${program.printed}`);
    return new TlsRedis(program, authority, port);
  }

  get url(): string {
    return `rediss://:${encodeURIComponent(password)}@localhost:${this.port}`;
  }

  async command(...command: string[]): Promise<string> {
    const server = ['--tls', '--cacert', this.authority.file, '-h', 'localhost', '-p', `${this.port}`];
    return (await execa('redis-cli', ['--no-auth-warning', ...server, '-a', password, ...command])).stdout;
  }

  stop(): Promise<void> {
    return this.program.stop('SIGTERM', 5000);
  }
}
