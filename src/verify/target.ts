import type { Need, Row } from './checks/row.js';
import type { Session } from './session.js';

/** Where rows are asked one after another. */
export interface Station {
  /** Instances with those settings, ready. Earlier ones with other settings are ended. */
  session(settings: Row['settings']): Promise<Session>;
  /** Ends what a row has done to the instances, so that the next finds them well. */
  restore(row: Row): Promise<void>;
}

/** What rows are asked of. */
export interface Target {
  /** The folder or URL, for reports. */
  name: string;
  /** How many stations it can have. What a row does at one is not seen at another. */
  stations: number;
  /** Why rows with that need cannot be asked; undefined when they can. */
  lacks(need: Need): string | undefined;
  /** @param place from 0; the same station for the same place */
  station(place: number): Promise<Station>;
  close(): Promise<void>;
}
