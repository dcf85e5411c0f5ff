/**
 * The effect of a proxy on a connection:
 * `pass` nothing; `delay` each answer comes later; `refuse` new and open connections are closed at once; `hang` bytes are
 * taken and go nowhere; `reset` connections end with RST.
 */
export type Fault =
  | { kind: 'pass' }
  | { kind: 'delay'; ms: number }
  | { kind: 'refuse' }
  | { kind: 'hang' }
  | { kind: 'reset' };

/** A TCP proxy before a dependency. */
export interface FaultProxy {
  readonly port: number;
  /** Applies to open connections too. */
  set(fault: Fault): void;
  /** New connections go to that server from now on, to the first one without an argument. Open ones stay. */
  lead(to?: { host: string; port: number }): void;
  /** Connections open now. */
  readonly connections: number;
  /** The most that were open at once since `resetCounts`. */
  readonly peakConnections: number;
  /** Commands or statements that went through since `resetCounts`, counted by the protocol. */
  readonly commands: number;
  resetCounts(): void;
  close(): Promise<void>;
}

/** Counts commands in what clients send; one for each connection, fed with its bytes in order. */
export type CommandCounter = (chunk: Buffer) => number;
