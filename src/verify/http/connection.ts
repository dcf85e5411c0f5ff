/** A TCP connection. */
export interface Connection {
  write(bytes: string | Buffer): void;
  /** Takes all that comes from now on. */
  read(): void;
  /** Waits for more bytes, or the end. @returns everything received so far */
  received(until?: RegExp, timeoutMs?: number): Promise<string>;
  /** Resolves when the other side has closed; false when it has not in time. */
  closed(timeoutMs: number): Promise<boolean>;
  end(): void;
}
