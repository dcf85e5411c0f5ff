import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { execa } from 'execa';

const startTimeoutS = 120;

/** The services of a project's compose.yaml, started by Docker Compose from images that are there. */
export class Deployment {
  readonly url = 'http://127.0.0.1:8080';

  /**
   * @param folder of the project
   * @param programs folder with Docker Compose
   */
  constructor(
    private readonly folder: string,
    private readonly programs: string,
  ) {}

  /** The secrets of .env. */
  secret(name: string): string {
    return parseEnv(fs.readFileSync(path.join(this.folder, '.env'), 'utf8'))[name]!;
  }

  async up(): Promise<void> {
    await this.compose('config', '--quiet');
    await this.compose('up', '--detach', '--no-build', '--wait', '--wait-timeout', String(startTimeoutS));
  }

  async down(): Promise<void> {
    await this.compose('down', '--volumes', '--timeout', '1');
  }

  async compose(...args: string[]): Promise<string> {
    const file = path.join(this.programs, 'usr/libexec/docker/cli-plugins/docker-compose');
    return (await execa(file, args, { cwd: this.folder, all: true })).all;
  }

  async docker(...args: string[]): Promise<string> {
    return (await execa('docker', args, { cwd: this.folder })).stdout;
  }

  /** Containers of a service. */
  async containers(service: string): Promise<string[]> {
    const filter = `label=com.docker.compose.service=${service}`;
    return (await this.docker('ps', '--filter', filter, '--format', '{{.Names}}')).split('\n').sort();
  }

  async inspect(container: string, format: string): Promise<string> {
    return this.docker('inspect', '--format', format, container);
  }

  /** The process of a container, as this machine numbers it. */
  async pid(container: string): Promise<number> {
    return Number(await this.inspect(container, '{{.State.Pid}}'));
  }

  async healthy(container: string): Promise<void> {
    for (let tried = 0; tried < 300; tried += 1) {
      if ((await this.inspect(container, '{{.State.Health.Status}}')) === 'healthy') return;
      await sleep(200);
    }
    throw new Error(
      `${container} does not become healthy:\n${await this.docker('logs', '--tail', '20', container)}`,
    );
  }

  /**
   * Rows of a statement, asked in the container of the database: as the API through the pooler, else as who migrates.
   * @param host that of the server, or of what stands before it
   */
  async query(statement: string, host: string, port: number): Promise<string> {
    const [container] = await this.containers('postgresql');
    const [user, secret] =
      host === 'pooler' ? ['api', 'API_DATABASE_PASSWORD'] : ['app', 'POSTGRES_PASSWORD'];
    const password = `PGPASSWORD=${this.secret(secret!)}`;
    const psql = ['psql', '-h', host, '-p', String(port), '-U', user!, '-d', 'app', '-Atc', statement];
    return this.docker('exec', '--env', password, container!, ...psql);
  }

  /** Lets nothing of a container out to a port, until the returned function is called. */
  async cut(container: string, port: number): Promise<() => Promise<void>> {
    const apply = async (change: string) => {
      const there = ['--target', String(await this.pid(container)), '--net'];
      const rule = ['OUTPUT', '-p', 'tcp', '--dport', String(port), '-j', 'DROP'];
      await execa('nsenter', [...there, 'iptables', change, ...rule]);
    };
    await apply('--insert');
    return () => apply('--delete');
  }
}
