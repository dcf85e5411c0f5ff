import http from 'node:http';

const intervalMs = 100;
/** Long: on a busy machine, a slow instance may still be up. */
const timeoutMs = 5_000;

/** Which instances are ready: polls a path, as balancers do. */
export class Health {
  readonly #unwell = new Set<string>();
  readonly #asked = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  /** @param urls base URLs of the instances there are now; `path` says whether one wants requests */
  constructor(
    private readonly urls: () => string[],
    private readonly path: string,
  ) {
    this.#timer = setInterval(() => void this.check(), intervalMs).unref();
  }

  /** Those that want requests. */
  well(): string[] {
    return this.urls().filter((url) => !this.#unwell.has(url));
  }

  /** Polls every instance without a pending poll. */
  async check(): Promise<void> {
    await Promise.all(
      this.urls().map(async (url) => {
        if (this.#asked.has(url)) return;
        this.#asked.add(url);
        if (await isReady(new URL(this.path, url))) this.#unwell.delete(url);
        else this.#unwell.add(url);
        this.#asked.delete(url);
      }),
    );
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** Any answer will do but the one that says to go away: an instance under load may refuse this, too. */
function isReady(url: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false }, (response) => {
      response.resume().on('error', () => {});
      resolve(response.statusCode! < 500);
    });
    const timer = setTimeout(() => request.destroy(), timeoutMs).unref();
    request
      .on('error', () => {})
      .on('close', () => {
        clearTimeout(timer);
        resolve(false);
      });
  });
}
