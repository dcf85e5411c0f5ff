import { randomUUID } from 'node:crypto';
import type { CompiledQuery } from 'kysely';
import pg, { type Connection, type Submittable } from 'pg';
import { propertyOf } from './queries.js';
import { textTypes } from './types.js';

const freshAttempts = 3;

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

/** Separates the text of a statement from its generation. */
const mark = '\n-- prepared anew: ';
/**
 * Ends the text of every named statement. Another text is another statement, also for a pooler, which knows statements
 * by their text; random, since instances share a pooler.
 */
let generation = '';

/** Names of prepared statements by their text. */
const names = new Map<string, string>();
/** Callers choose fields and filters: beyond this many forms, statements are no longer prepared. */
const mostPrepared = 200;

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined || names.size >= mostPrepared) return known ?? '';
  names.set(text, `s${names.size}`);
  return nameOf(text);
}

/** A type in the database has changed since the statement was prepared; nothing has been done, and it can run again. */
export class StaleStatementError extends Error {
  override readonly name = 'StaleStatementError';
}

/** SQLSTATE of a prepared statement whose columns or operators have other types by now. */
function isStale({ code, routine, position }: pg.DatabaseError): boolean {
  if (code === '0A000') return routine === 'RevalidateCachedQuery';
  return (code === '42883' || code === '42804') && position !== undefined;
}

/** Runs it again when a statement of it was stale. */
export async function untilFresh<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StaleStatementError) || tried === freshAttempts) throw error;
    }
  }
}

/** Readers of the rows of prepared statements, by name. */
const readers = new WeakMap<Connection, Map<string, Reader>>();

/** One of the statements that are run together. */
interface Statement {
  /** Empty when it is not prepared. */
  name: string;
  text: string;
  values: (string | Buffer | null)[];
  reader: Reader | undefined;
  rows: object[];
}

/**
 * One run of statements, sent together: the server runs none after one that fails. The columns of a named one are
 * described once for each connection; `pg.Query` asks for the description every time.
 */
export class PreparedQueries implements Submittable {
  readonly #statements: readonly Statement[];
  /** The statement that the server is at. */
  #at = 0;
  #failure: Error | undefined;
  #connection: Connection | undefined;
  readonly #generation = generation;

  /**
   * @param prepare whether the connection keeps statements; one that is run alone without values is never prepared
   * @param callback gets the rows of each, or the error, when the connection can take the next statement
   */
  constructor(
    queries: readonly CompiledQuery[],
    prepare: boolean,
    readonly callback: (error: Error | null, rows: object[][]) => void,
  ) {
    const together = queries.length > 1;
    this.#statements = queries.map(({ sql, parameters }) => {
      const name = prepare && (together || parameters.length > 0) ? nameOf(sql) : '';
      const values = parameters.map((value) => utils.prepareValue(value));
      return { name, text: name === '' ? sql : sql + generation, values, reader: undefined, rows: [] };
    });
  }

  /** Of the statement that the server is at: node-postgres notes them when it has been parsed. */
  get name(): string {
    return this.#current.name;
  }

  get text(): string {
    return this.#current.text;
  }

  get #current(): Statement {
    return this.#statements[Math.min(this.#at, this.#statements.length - 1)]!;
  }

  submit(connection: Connection): Error | null {
    this.#connection = connection;
    if (this.#statements.length === 1 && this.name === '' && this.#current.values.length === 0) {
      connection.query(this.text);
      return null;
    }
    connection.stream.cork();
    try {
      for (const statement of this.#statements) send(statement, connection as Preparing);
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
    return null;
  }

  handleRowDescription({ fields }: { fields: pg.FieldDef[] }): void {
    const columns = fields.map(({ name, dataTypeID }) => ({
      name: propertyOf(name),
      parse: textTypes.getTypeParser(dataTypeID, 'text') as (text: string) => unknown,
    }));
    const current = this.#current;
    current.reader = readerOf(columns);
    if (current.name === '' || !this.#connection) return;
    const known = readers.get(this.#connection) ?? new Map<string, Reader>();
    readers.set(this.#connection, known.set(current.name, current.reader));
  }

  handleDataRow({ fields }: { fields: Texts }): void {
    try {
      const { reader, rows } = this.#current;
      if (reader) rows.push(reader(fields));
    } catch (error) {
      // Thrown here, it would end the process: nobody is further up but the socket.
      this.#failure = error as Error;
    }
  }

  handleCommandComplete(): void {
    this.#at += 1;
  }

  handleEmptyQuery(): void {}

  handleReadyForQuery(): void {
    this.callback(
      this.#failure ?? null,
      this.#statements.map(({ rows }) => rows),
    );
  }

  handleError(error: Error): void {
    const { name, text } = this.#current;
    // One that could not be prepared is wrong, not stale.
    const prepared = (this.#connection as Preparing | undefined)?.parsedStatements[name] === text;
    const stale = prepared && isStale(error as pg.DatabaseError);
    if (stale && this.#generation === generation) generation = mark + randomUUID();
    this.callback(stale ? new StaleStatementError(`"${name}" is stale`, { cause: error }) : error, []);
  }
}

/** Asks for a statement to be run, and to be parsed and described where this connection has not done so. */
function send(statement: Statement, connection: Preparing): void {
  const { name, text, values } = statement;
  const known = connection.parsedStatements[name];
  statement.reader = known === text ? readers.get(connection)?.get(name) : undefined;
  if (known !== text) {
    // A pooler in between keeps the name even if the statement could not be prepared, as when it was cancelled.
    if (name !== '') connection.close({ type: 'S', name }, true);
    connection.parse({ name, text, types: [] }, true);
  }
  connection.bind({ statement: name, values }, true);
  if (!statement.reader) connection.describe({ type: 'P' }, true);
  connection.execute(null, true);
}

function readerOf(columns: readonly Column[]): Reader {
  const empty = Object.fromEntries(columns.map(({ name }) => [name, null]));
  return (texts) => {
    // A copy of the same object each time: V8 then has one shape for all rows.
    const row: Record<string, unknown> = { ...empty };
    for (let index = 0; index < columns.length; index += 1) {
      const { name, parse } = columns[index]!;
      const text = texts[index];
      if (text != null) row[name] = parse(text);
    }
    return row;
  };
}
