import type { Need, Row, Tier } from './checks/row.js';
import type { Session } from './session.js';

/** A place where rows run one after another. */
export interface Station {
  /** Instances with those settings, ready. Earlier ones with other settings are ended. */
  session(settings: Row['settings']): Promise<Session>;
  /**
   * Undoes the effects of a row on the instances before the next.
   * @param cut whether a request got no answer: a process may be about to end
   * @throws Crash when an instance has ended by itself, also when it has started again
   */
  restore(row: Row, cut: boolean): Promise<void>;
}

/** The subject of the rows: a project or a URL. */
export interface Target {
  /** The folder or URL, for reports. */
  name: string;
  /** The number of stations it can have. They are isolated from each other. */
  stations: number;
  /**
   * Whether its document is not that of a generated project: rows that hinder others are asked although they were not
   * selected, and less of what it answers is evidence.
   */
  foreign?: boolean;
  /** What it calls otherwise than generated projects do: `page_size for limit`. */
  mapped?: readonly string[];
  /** The file of its OpenAPI document, where there is one in this file system. */
  document?: string | undefined;
  /** Why rows with that need cannot run; undefined when they can. */
  lacks(need: Need): string | undefined;
  /** Why a row cannot be asked that needs settings which are not there; undefined when it can. */
  lacksSettings?(row: Row): string | undefined;
  /** Whether rows of that tier are held by a load balancer that is not there. */
  leaves(tier: Tier): boolean;
  /** @param place from 0; the same station for the same place */
  station(place: number): Promise<Station>;
  close(): Promise<void>;
}
