import pg from 'pg';

const { builtins } = pg.types;

/** `2026-01-15 08:30:00.5+00` to `2026-01-15T08:30:00.500Z`; the session's time zone is UTC. */
function instant(text: string): string {
  const withMilliseconds = text.length === 26;
  const time = withMilliseconds ? text.slice(11, 23) : toMilliseconds(text.slice(11, -3));
  return `${text.slice(0, 10)}T${time}Z`;
}

/** `08:30:00.5` to `08:30:00.500` */
function toMilliseconds(time: string): string {
  const [seconds, fraction = ''] = time.split('.');
  return `${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}`;
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
