/** A caller that changes one item. Whatever is not answered as it should be is an error. */
export class Client {
  readonly #items: string;
  #item = '';

  constructor(
    url: string,
    private readonly token: string,
  ) {
    this.#items = `${url}/v1/products`;
  }

  async create(): Promise<void> {
    const made = await this.#ask(201, 'POST', this.#items, {
      name: 'Frozen',
      price: '9.99',
      status: 'active',
    });
    this.#item = `${this.#items}/${made.body.id}`;
  }

  async rename(name: string): Promise<void> {
    const { etag } = await this.#ask(200, 'GET', this.#item);
    await this.#ask(200, 'PATCH', this.#item, { name }, { 'if-match': etag });
  }

  /** The name of the item, asked that many times. */
  async names(times: number): Promise<unknown[]> {
    const seen: unknown[] = [];
    for (let number = 0; number < times; number += 1)
      seen.push((await this.#ask(200, 'GET', this.#item)).body.name);
    return seen;
  }

  /** Asks for a list, which only the database knows, that many times. */
  async list(times: number): Promise<void> {
    for (let number = 0; number < times; number += 1) await this.#ask(200, 'GET', `${this.#items}?limit=1`);
  }

  async #ask(
    expected: number,
    method: string,
    url: string,
    body?: object,
    headers: Record<string, string> = {},
  ) {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body ? { 'content-type': type } : {}),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (response.status !== expected)
      throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${text}`);
    return { etag: response.headers.get('etag') ?? '', body: JSON.parse(text) as Record<string, unknown> };
  }
}
