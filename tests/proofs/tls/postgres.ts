import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import fs from 'fs-extra';
import type { Certificate } from './authority.js';

const user = 'postgres';
/** With what would mean something else in a URL. */
export const password = 'a word with # / ? % @ : & in between';
/** The newest that Debian has installed. */
const programs = () => {
  const versions = fs.readdirSync('/usr/lib/postgresql').sort((a, b) => Number(a) - Number(b));
  return `/usr/lib/postgresql/${versions.at(-1)}/bin`;
};

/** A PostgreSQL server of Debian that lets nobody in without TLS. */
export class TlsPostgres {
  private constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  /** @param folder an existing one that other users may enter */
  static async start(folder: string, port: number, certificate: Certificate): Promise<TlsPostgres> {
    const server = new TlsPostgres(folder, port);
    const passwordFile = path.join(folder, 'password');
    fs.writeFileSync(passwordFile, password);
    await execa('install', ['-d', '-o', user, server.#data]);
    const access = ['-U', 'app', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    await server.#asUser('initdb', ['-D', server.#data, ...access]);
    fs.writeFileSync(path.join(server.#data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
    await server.#install(certificate);
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'ssl=on'];
    const options = ['-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])].join(' ');
    await server.#asUser('pg_ctl', [
      '-D',
      server.#data,
      '-w',
      '-l',
      `${server.#data}/log`,
      'start',
      '-o',
      options,
    ]);
    return server;
  }

  /** From now on it shows another certificate. */
  async show(certificate: Certificate): Promise<void> {
    await this.#install(certificate);
    await this.#asUser('pg_ctl', ['-D', this.#data, 'reload']);
    await sleep(500);
  }

  /** The rows of a statement as text. */
  async query(database: string, statement: string): Promise<string> {
    const connection = `host=127.0.0.1 port=${this.port} user=app dbname=${database} sslmode=require`;
    const env = { PGPASSWORD: password };
    return (await execa(`${programs()}/psql`, ['-qAt', connection, '-c', statement], { env })).stdout;
  }

  async stop(): Promise<void> {
    await this.#asUser('pg_ctl', ['-D', this.#data, '-m', 'immediate', 'stop']);
  }

  get #data(): string {
    return path.join(this.folder, 'data');
  }

  async #install({ file, key }: Certificate): Promise<void> {
    const owned = ['-o', user, '-m', '600'];
    await execa('install', [...owned, file, path.join(this.#data, 'server.crt')]);
    await execa('install', [...owned, key, path.join(this.#data, 'server.key')]);
  }

  async #asUser(name: string, args: string[]): Promise<void> {
    const account = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
    // A server keeps the streams that it is started with.
    const stdio = name === 'pg_ctl' ? ('ignore' as const) : ('pipe' as const);
    await execa('setpriv', [...account, `${programs()}/${name}`, ...args], {
      env: { HOME: this.folder },
      cwd: this.folder,
      stdio,
    });
  }
}
