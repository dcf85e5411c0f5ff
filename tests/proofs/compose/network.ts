import path from 'node:path';
import { execa } from 'execa';
import { until } from '../../../src/verify/http/waiting.js';
import { ServerProcess } from '../../../src/verify/services/server-process.js';

/** A Docker in a network of its own, where ports of this machine are not taken. */
export class DockerNetwork {
  /** What clients of this Docker have in their environment. */
  readonly env: { DOCKER_HOST: string };

  private constructor(
    private readonly space: string,
    private readonly daemon: ServerProcess,
    socket: string,
  ) {
    this.env = { DOCKER_HOST: socket };
  }

  /** @param folder an existing one, for its data */
  static async create(folder: string): Promise<DockerNetwork> {
    const space = `deployment-${process.pid}`;
    await execa('ip', ['netns', 'add', space]);
    const net = `--net=/run/netns/${space}`;
    await execa('nsenter', [net, 'ip', 'link', 'set', 'lo', 'up']);
    const socket = `unix://${folder}/docker.sock`;
    const options = ['data-root', 'exec-root', 'pidfile'].flatMap((name) => [
      `--${name}`,
      path.join(folder, name),
    ]);
    const daemon = new ServerProcess(
      'nsenter',
      [net, 'dockerd', ...options, '--host', socket],
      {},
      process.env,
    );
    const network = new DockerNetwork(space, daemon, socket);
    const answers = async () =>
      (await execa('docker', ['info'], { env: network.env, reject: false })).exitCode === 0;
    if (!(await until(answers, 60_000))) {
      await network.remove();
      throw new Error(`Docker does not start: ${daemon.printed}`);
    }
    return network;
  }

  /** Runs a TypeScript file of this folder in the network. @throws Error with what it printed */
  async run(file: string, ...args: string[]): Promise<void> {
    const script = path.join(import.meta.dirname, file);
    await execa('nsenter', [`--net=/run/netns/${this.space}`, 'npx', 'tsx', script, ...args], {
      env: this.env,
      all: true,
    });
  }

  async remove(): Promise<void> {
    await this.daemon.stop('SIGTERM', 30_000);
    await execa('ip', ['netns', 'delete', this.space]);
  }
}
