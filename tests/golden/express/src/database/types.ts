import pg from 'pg';

const { builtins } = pg.types;

/** Date, time and offset of a time that a session outside of UTC sends. */
const shifted = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d)(?::(\d\d))?$/;

/**
 * `2026-01-15 08:30:00.5+00` to `2026-01-15T08:30:00.500Z`.
 * @throws Error for another date style than ISO
 */
function instant(text: string): string {
  if (!text.endsWith('+00')) {
    const [, date, time, hours, minutes = '00'] = shifted.exec(text) ?? unreadable(text);
    return new Date(`${date}T${toMilliseconds(time!)}${hours}:${minutes}`).toISOString();
  }
  const withMilliseconds = text.length === 26;
  const time = withMilliseconds ? text.slice(11, 23) : toMilliseconds(text.slice(11, -3));
  return `${text.slice(0, 10)}T${time}Z`;
}

/** `08:30:00.5` to `08:30:00.500` */
function toMilliseconds(time: string): string {
  const [seconds, fraction = ''] = time.split('.');
  return `${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}`;
}

/** @throws Error for another date style than ISO */
function date(text: string): string {
  return text[4] === '-' ? text : unreadable(text);
}

function unreadable(text: string): never {
  throw new Error(`"${text}" is not in the date style ISO`);
}

const asText = (text: string) => text;
const parsers: Record<number, (text: string) => unknown> = {
  [builtins.TIMESTAMPTZ]: instant,
  [builtins.DATE]: date,
  [builtins.NUMERIC]: asText,
  [builtins.INT8]: Number,
};

/** Dates stay text: they are sent as they came, and making a Date of each is the dearest part of reading a list. */
export const textTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    parsers[oid] ?? pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};
