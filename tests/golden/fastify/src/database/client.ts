import pg from 'pg';

const utc = new Set(['UTC', 'Etc/UTC']);

/** A client that can make its session speak UTC and ISO 8601, whatever database, role and server have as default. */
export class Client extends pg.Client {
  readonly #reported = new Map<string, string>();

  constructor(config?: pg.ClientConfig) {
    super(config);
    // What node-postgres has but does not declare. The server reports both settings of itself, at no cost.
    const { connection } = this as unknown as { connection: pg.Connection };
    connection.on('parameterStatus', (message: { parameterName: string; parameterValue: string }) =>
      this.#reported.set(message.parameterName, message.parameterValue),
    );
  }

  /** To be called once connected. Sets only a setting that differs: some proxies bind a session that sets one. */
  async speakUtc(): Promise<void> {
    const zone = this.#reported.get('TimeZone') ?? '';
    const style = this.#reported.get('DateStyle') ?? '';
    if (!utc.has(zone) || !style.startsWith('ISO'))
      await this.query("set timezone to 'UTC'; set datestyle to 'ISO'");
  }
}
