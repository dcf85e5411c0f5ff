import { expectThat } from '../../http/expectations.js';

/** Records of comma-separated values. @throws Mismatch for what is not as RFC 4180 says, but for its line ends */
export function csvOf(text: string): string[][] {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  const records: string[][] = [];
  let record: string[] = [];
  while (cell.lastIndex < text.length || record.length > 0) {
    const place = cell.lastIndex;
    const found = cell.exec(text);
    expectThat(found !== null, 'values in the form of RFC 4180', text.slice(place, place + 300));
    record.push(found[1]?.replaceAll('""', '"') ?? found[2]!);
    if (found[3] === ',') continue;
    records.push(record);
    record = [];
  }
  return records;
}
