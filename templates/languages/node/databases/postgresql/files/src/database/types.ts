import pg from 'pg';

const { builtins } = pg.types;

/** `2026-01-15 08:30:00.5+00` to `2026-01-15T08:30:00.500Z`; the session's time zone is UTC. */
function instant(text: string): string {
  const seconds = text.slice(0, 19).replace(' ', 'T');
  const fraction = /\.(\d{1,3})/.exec(text)?.[1] ?? '';
  return `${seconds}.${fraction.padEnd(3, '0')}Z`;
}

const asText = (text: string) => text;
const parsers: Record<number, (text: string) => unknown> = {
  [builtins.TIMESTAMPTZ]: instant,
  [builtins.DATE]: asText,
  [builtins.NUMERIC]: asText,
  [builtins.INT8]: Number,
};

/** Dates stay text: they are sent as they came, and making a Date of each is the dearest part of reading a list. */
export const textTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    parsers[oid] ?? pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};
