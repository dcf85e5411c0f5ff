import type { Need, Row } from './row.js';
import type { Session } from './session.js';

/** What rows are asked of. */
export interface Target {
  /** The folder or URL, for reports. */
  name: string;
  /** Why rows with that need cannot be asked; undefined when they can. */
  lacks(need: Need): string | undefined;
  /** Instances with those settings, ready. Earlier ones with other settings are ended. */
  session(settings: Row['settings']): Promise<Session>;
  /** Ends what a row has done to the instances, so that the next finds them well. */
  restore(row: Row): Promise<void>;
  close(): Promise<void>;
}
