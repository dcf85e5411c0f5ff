import { type ChildProcess, spawn } from 'node:child_process';

const answerWithinMs = 30_000;
const endWithinMs = 5000;
const settleMs = 100;

/** The API, or another process of the project, as a child process that can be restarted. */
export class Server {
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    private readonly args: string[],
    private readonly env: NodeJS.ProcessEnv,
    private readonly name = 'API',
  ) {}

  /** Starts it. Resolves when it answers. @throws Error when it ends before */
  async start(): Promise<void> {
    this.#spawn();
    const child = this.#child!;
    const until = Date.now() + answerWithinMs;
    while (Date.now() < until) {
      if (child.exitCode !== null) throw new Error('the API did not start');
      const answers = await fetch(`http://127.0.0.1:${this.env.PORT}/livez`).then(
        () => true,
        () => false,
      );
      if (answers) return;
      await new Promise((resolve) => setTimeout(resolve, settleMs));
    }
    throw new Error(`the API did not answer within ${answerWithinMs / 1000} s`);
  }

  async restart(): Promise<void> {
    await this.#end();
    if (!this.#stopped) this.#spawn();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#end();
  }

  #spawn(): void {
    const child = spawn(process.execPath, this.args, { env: this.env, stdio: 'inherit' });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code) => {
        if (code) console.error(`the ${this.name} ended with ${code}: it starts again when a file changes`);
        resolve();
      });
    });
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
    await this.#ended;
    clearTimeout(timer);
  }
}
