import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { execa } from 'execa';
import { UserError } from '../../cli/errors.js';
import { until } from '../http/waiting.js';
import { runToEnd, Started } from './process.js';

const engines = ['docker', 'podman'];
/** For a command of the engine that asks something, in milliseconds. */
const patience = 20_000;
/** Names the container in the environment of its first process. */
const marker = 'VERIFY_CONTAINER';

type Environment = Record<string, string | undefined>;

/** Containers of one image. They share the network of this machine: addresses are those of processes. */
export class Containers {
  private constructor(
    private readonly engine: string,
    private readonly image: string,
  ) {}

  /**
   * Finds docker, else podman, and gets the image where it is not there.
   * @throws UserError when neither runs
   * @throws Error with what was printed when there is no such image
   */
  static async open(image: string, stage: (text: string) => void, signal: AbortSignal): Promise<Containers> {
    for (const engine of engines) {
      if (!(await answers(engine, 'info'))) continue;
      if (!(await answers(engine, 'image', 'inspect', image))) {
        stage(`gets the image ${image}`);
        await runToEnd([engine, 'pull', image], '.', {}, signal);
      }
      return new Containers(engine, image);
    }
    throw new UserError([
      {
        given: `\`image\` of verify.yaml: ${image}`,
        possible: `is run by ${engines.join(' or ')}; neither answers to \`info\``,
        command: `${engines[0]} info`,
      },
    ]);
  }

  /**
   * A command that runs a container to its end.
   * @param env of its processes, which have nothing of the environment of this one
   * @param folder a folder of this machine that it may write to
   * @param shell commands instead of those of the image
   */
  command(env: Environment, folder: string | undefined, shell?: string, name = newName()): string[] {
    const variables = Object.entries({ ...env, [marker]: name }).flatMap(([key, value]) =>
      value === undefined ? [] : ['--env', `${key}=${value}`],
    );
    return [
      ...[this.engine, 'run', '--rm', '--name', name, '--network', 'host', ...variables],
      ...(folder === undefined ? [] : ['--volume', `${folder}:${folder}`]),
      ...(shell === undefined ? [this.image] : ['--entrypoint', 'sh', this.image, '-c', shell]),
    ];
  }

  /** Starts one that runs until a signal. Parameters as of `command`. */
  start(env: Environment, folder: string | undefined, shell?: string): Started {
    if (folder !== undefined) {
      fs.mkdirSync(folder, { recursive: true });
      // Its user is that of the image.
      fs.chmodSync(folder, 0o777);
    }
    const name = newName();
    return new StartedContainer(this.engine, name, this.command(env, folder, shell, name));
  }
}

/** A container whose client is a child process: output and exit code are those of the container. */
class StartedContainer extends Started {
  #pid = -1;

  constructor(
    private readonly engine: string,
    private readonly name: string,
    command: readonly string[],
  ) {
    super(command, '.', {});
  }

  /** Of its first process, as this machine sees it; -1 where it runs on another one, or may not be seen. */
  override get pid(): number {
    return this.#pid;
  }

  override async settled(): Promise<void> {
    const { stdout } = await asked(this.engine, 'inspect', '--format', '{{.State.Pid}}', this.name);
    const pid = Number(stdout);
    this.#pid = isOf(pid, this.name) ? pid : -1;
  }

  override signal(name: NodeJS.Signals): void {
    if (!this.running) return;
    if (isOf(this.#pid, this.name)) process.kill(this.#pid, name);
    else this.#ask(name);
  }

  /** The process may have ended meanwhile, and the container may still be made. */
  #ask(name: NodeJS.Signals): void {
    const sent = async () => (await asked(this.engine, 'kill', '--signal', name, this.name)).exitCode === 0;
    until(async () => !this.running || (await sent()), patience).catch(() => {});
  }

  override async stop(graceMs: number): Promise<void> {
    await super.stop(graceMs);
    await asked(this.engine, 'rm', '--force', this.name);
  }
}

function newName(): string {
  return `verify-${randomUUID()}`;
}

/** Whether a process of this machine is the first of that container: an engine may run on another machine. */
function isOf(pid: number, name: string): boolean {
  try {
    return (
      pid > 0 && fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${marker}=${name}`)
    );
  } catch {
    return false;
  }
}

function asked(engine: string, ...args: string[]) {
  return execa(engine, args, { reject: false, timeout: patience });
}

async function answers(engine: string, ...args: string[]): Promise<boolean> {
  return (await asked(engine, ...args)).exitCode === 0;
}
