import type { Row } from './checks/row.js';

/** Which rows are asked. */
export const profiles = {
  http: 'what RFCs say',
  scalable: 'the whole contract',
} as const;
export type Profile = keyof typeof profiles;

/** Rows of the profile `http`: what they ask is written in an RFC that their source names, whoever made the API. */
const http: readonly string[] = [
  ...['IT1', 'MO2', 'PD1', 'VA1', 'VA5', 'VA6', 'ME1', 'MT1', 'MT2', 'MT3', 'BL1', 'BL4', 'HT1', 'HT2'],
  ...['PG5', 'ET1', 'ET2', 'ET3', 'ET4', 'CC1', 'CC2', 'CC4', 'RL2', 'AU1', 'AU2', 'AU3', 'AU17', 'VE2'],
  ...['TL1', 'TL2', 'TL3', 'TL4', 'CK1', 'SE4'],
];

/** Whether a profile has a row. */
export function isIn(profile: Profile, { id }: Row): boolean {
  return profile === 'scalable' || http.includes(id);
}
