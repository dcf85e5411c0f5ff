import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { freePort } from '../../../src/verify/proxies/ports.js';

const version = '5.2.5';
const startedMs = 120_000;

/** A server that speaks the protocol of S3 (moto), with an empty bucket. */
export class Store {
  /** For clients that sign their requests: any will do. */
  readonly credentials = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };
  readonly bucket = 'results';

  private constructor(
    private readonly endpoint: string,
    private readonly server: { kill(): boolean },
  ) {}

  static async start(): Promise<Store> {
    const port = await freePort();
    const args = ['tool', 'run', '--from', `moto[server]==${version}`, 'moto_server', '-p', String(port)];
    const server = execa('uv', args, { reject: false });
    const store = new Store(`http://127.0.0.1:${port}`, server);
    const end = Date.now() + startedMs;
    while (
      !(await fetch(`${store.endpoint}/${store.bucket}`, { method: 'PUT' }).catch(() => undefined))?.ok
    ) {
      if (Date.now() > end) throw new Error(`no S3 at ${store.endpoint}`);
      await sleep(200);
    }
    return store;
  }

  /** FILES_URL of a project, with a prefix of its own. */
  url(prefix: string): string {
    const query = new URLSearchParams({ region: 'us-east-1', endpoint: this.endpoint });
    return `s3://${this.bucket}/${prefix}?${query}`;
  }

  /** The keys below a prefix. */
  async keys(prefix: string): Promise<string[]> {
    const response = await fetch(`${this.endpoint}/${this.bucket}?list-type=2&prefix=${prefix}/`);
    return [...(await response.text()).matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key!);
  }

  stop(): void {
    this.server.kill();
  }
}
