import path from 'node:path';
import { execa, execaSync } from 'execa';
import fs from 'fs-extra';
import { storage } from './builder.js';

/** As a careful deployment runs it. Without systemd, podman has no timer for health checks. */
const restricted = [
  ...['--read-only', '--read-only-tmpfs=false', '--cap-drop', 'all', '--security-opt', 'no-new-privileges'],
  ...['--memory', '384m', '--pids-limit', '128', '--network', 'host', '--no-healthcheck'],
];

/** Runs containers of images that a builder has made. */
export class Podman {
  private constructor(
    private readonly storage: string[],
    private readonly configuration: string,
  ) {}

  /** @param folder that of the builder */
  static async create(folder: string, driver: string): Promise<Podman> {
    const configuration = path.join(folder, 'containers.conf');
    const { stdout: files } = await execa('bash', ['-c', 'ulimit -n']);
    // There may be no systemd to leave control groups and events to, and no right to raise limits.
    fs.writeFileSync(
      configuration,
      `[containers]
default_ulimits = ["nofile=${files}:${files}", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
`,
    );
    return new Podman(storage(folder, driver), configuration);
  }

  /** A program that is podman with these images and settings. */
  script(): string {
    const { stdout: program } = execaSync('bash', ['-c', 'command -v podman']);
    return `#!/bin/sh\nCONTAINERS_CONF=${this.configuration} exec ${[program, ...this.storage].join(' ')} "$@"\n`;
  }

  /** Runs a command in a container to its end. */
  run(image: string, options: string[], command: readonly string[]): Promise<string> {
    return this.#podman('run', '--rm', ...restricted, ...options, `localhost/${image}`, ...command);
  }

  /** Starts a container. */
  start(name: string, image: string, options: string[]): Promise<string> {
    return this.#podman('run', '--detach', '--name', name, ...restricted, ...options, `localhost/${image}`);
  }

  execute(name: string, ...command: string[]): Promise<string> {
    return this.#podman('exec', name, ...command);
  }

  /** The command by which an image tells whether its container is healthy. */
  async healthCheck(image: string): Promise<string[]> {
    const found = await this.#podman(
      'image',
      'inspect',
      '--format',
      '{{json .HealthCheck.Test}}',
      `localhost/${image}`,
    );
    const [kind, ...command] = JSON.parse(found) as string[];
    if (kind !== 'CMD') throw new Error(`The health check of ${image} is of the kind ${kind}`);
    return command;
  }

  /** Ends a container with SIGTERM. @returns its exit code */
  async stop(name: string): Promise<number> {
    await this.#podman('stop', '--time', '15', name);
    return Number(await this.#podman('inspect', '--format', '{{.State.ExitCode}}', name));
  }

  /** What a container has printed, to both streams. */
  async logs(name: string): Promise<string> {
    return (await this.#run(['logs', name])).all;
  }

  /** The memory that a container uses, as it is told to people. */
  memory(name: string): Promise<string> {
    return this.#podman('stats', '--no-stream', '--format', '{{.MemUsage}}', name);
  }

  async removeAll(): Promise<void> {
    await this.#podman('rm', '--all', '--force', '--time', '0');
  }

  async #podman(...args: string[]): Promise<string> {
    return (await this.#run(args)).stdout;
  }

  #run(args: string[]) {
    const env = { CONTAINERS_CONF: this.configuration };
    return execa('podman', [...this.storage, ...args], { env, all: true });
  }
}
