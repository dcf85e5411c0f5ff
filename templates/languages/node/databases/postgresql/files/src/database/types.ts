import pg from 'pg';

const { builtins } = pg.types;

/** `2026-01-15 08:30:00.5+00` to `2026-01-15T08:30:00.500Z`; the session's time zone is UTC. */
function instant(text: string): string {
  const fraction = text[19] === '.' ? text.slice(20, text.indexOf('+', 20)).slice(0, 3).padEnd(3, '0') : '000';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
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
