import pg, { type Connection, type Submittable } from 'pg';
import type { Statement } from './database.js';
import { textTypes } from './types.js';

/** A row as the server sends it: texts in the order of the columns. */
type Texts = readonly (string | null)[];
type Reader = (texts: Texts) => object;

interface Column {
  name: string;
  parse: (text: string) => unknown;
}

/** What node-postgres has but does not declare. */
interface Preparing extends Connection {
  /** The text of each statement that this connection has prepared, by name. */
  readonly parsedStatements: Readonly<Record<string, string>>;
}

const { utils } = pg as unknown as { utils: { prepareValue(value: unknown): string | Buffer | null } };

/** Readers of the rows of prepared statements; the columns of one cannot change while its connection lasts. */
const readers = new WeakMap<Connection, Map<string, Reader>>();

/**
 * One run of a statement. The columns of a named one are described once for each connection, and its rows are made
 * in one go; `pg.Query` asks for the description every time and sets each property by its name.
 */
export class PreparedQuery implements Submittable {
  readonly name: string;
  readonly text: string;
  readonly #values: (string | Buffer | null)[];
  readonly #rows: object[] = [];
  #reader: Reader | undefined;
  #failure: Error | undefined;
  #connection: Connection | undefined;

  /** @param callback told the rows, or why there are none, when the connection can take the next statement */
  constructor(
    { name, text }: Statement,
    values: readonly unknown[],
    readonly callback: (error: Error | null, rows: object[]) => void,
  ) {
    this.name = name;
    this.text = text;
    this.#values = values.map((value) => utils.prepareValue(value));
  }

  submit(connection: Connection): Error | null {
    const { name, text } = this;
    this.#connection = connection;
    if (name === '' && this.#values.length === 0) {
      connection.query(text);
      return null;
    }
    const known = (connection as Preparing).parsedStatements[name];
    if (known !== undefined && known !== text) return new Error(`two statements are named "${name}"`);
    this.#reader = name === '' ? undefined : readers.get(connection)?.get(name);
    connection.stream.cork();
    try {
      if (known === undefined) {
        // A pooler in between keeps the name even if the statement could not be prepared, as when it was cancelled.
        if (name !== '') connection.close({ type: 'S', name }, true);
        connection.parse({ name, text, types: [] }, true);
      }
      connection.bind({ statement: name, values: this.#values }, true);
      if (!this.#reader) connection.describe({ type: 'P' }, true);
      connection.execute(null, true);
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
    return null;
  }

  handleRowDescription({ fields }: { fields: pg.FieldDef[] }): void {
    const columns = fields.map(({ name, dataTypeID }) => ({
      name,
      parse: textTypes.getTypeParser(dataTypeID, 'text') as (text: string) => unknown,
    }));
    if (this.name === '' || !this.#connection) {
      this.#reader = readerOf(columns);
      return;
    }
    this.#reader = compiledReaderOf(columns);
    const known = readers.get(this.#connection) ?? new Map<string, Reader>();
    readers.set(this.#connection, known.set(this.name, this.#reader));
  }

  handleDataRow({ fields }: { fields: Texts }): void {
    try {
      if (this.#reader) this.#rows.push(this.#reader(fields));
    } catch (error) {
      // Thrown here, it would end the process: nobody is further up but the socket.
      this.#failure = error as Error;
    }
  }

  handleCommandComplete(): void {}

  handleEmptyQuery(): void {}

  handleReadyForQuery(): void {
    this.callback(this.#failure ?? null, this.#rows);
  }

  handleError(error: Error): void {
    this.callback(error, []);
  }
}

function readerOf(columns: readonly Column[]): Reader {
  return (texts) =>
    Object.fromEntries(
      columns.map(({ name, parse }, index) => [name, texts[index] == null ? null : parse(texts[index])]),
    );
}

/** The same, compiled: several times faster, but worth it only for a statement that runs many times. */
function compiledReaderOf(columns: readonly Column[]): Reader {
  const properties = columns.map(
    ({ name }, index) =>
      `${JSON.stringify(name)}: texts[${index}] === null ? null : columns[${index}].parse(texts[${index}])`,
  );
  return new Function('columns', `return (texts) => ({ ${properties.join(', ')} });`)(columns) as Reader;
}
