import type { ConnectionOptions } from 'mysql2';

/** How names and values are written and compared, whatever the server has as default. */
const sqlMode = [
  'ANSI_QUOTES',
  'ERROR_FOR_DIVISION_BY_ZERO',
  'NO_ENGINE_SUBSTITUTION',
  'NO_ZERO_DATE',
  'NO_ZERO_IN_DATE',
  'ONLY_FULL_GROUP_BY',
  'STRICT_TRANS_TABLES',
];

/** The options of a connection. A password that is not in the URL is that of MYSQL_PWD, as for the programs of MySQL. */
export function optionsOf(databaseUrl: string): ConnectionOptions {
  const { password } = new URL(databaseUrl);
  const given = process.env.MYSQL_PWD;
  return {
    uri: databaseUrl,
    ...(password === '' && given ? { password: given } : {}),
    // Of an update, the rows that it found, also where they had the values already.
    flags: ['+FOUND_ROWS'],
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
  };
}

/** The statement that makes a session independent of the server's settings. */
export function sessionStatement(settings: Readonly<Record<string, number>> = {}): string {
  const all = {
    sql_mode: `'${sqlMode.join(',')}'`,
    collation_connection: `'utf8mb4_0900_bin'`,
    time_zone: `'+00:00'`,
    transaction_isolation: `'READ-COMMITTED'`,
    ...settings,
  };
  return `set ${Object.entries(all)
    .map(([name, value]) => `session ${name} = ${value}`)
    .join(', ')}`;
}
