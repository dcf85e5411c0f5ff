import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { Problem } from '../problem.js';

/** Position in a sorted list: the sort values and the id of the last row that was sent. */
export type Position = (string | number | boolean)[];

export interface Cursors {
  /** @param list names the list, its order and its filters: a cursor is good for just that */
  encode(list: string, position: Position): string;
  /** @throws Problem `invalid-cursor` when it was changed or belongs to another list */
  decode(list: string, cursor: string): Position;
}

/** Page cursors that clients cannot make themselves: signed with HMAC-SHA-256 over the list and the position. */
export function createCursors(secret: string): Cursors {
  const key = createSecretKey(secret, 'utf8');
  const sign = (list: string, payload: string) =>
    createHmac('sha256', key).update(`${list}\0${payload}`).digest().subarray(0, 16);
  return {
    encode(list, position) {
      const payload = Buffer.from(JSON.stringify(position)).toString('base64url');
      return `${payload}.${sign(list, payload).toString('base64url')}`;
    },
    decode(list, cursor) {
      const [payload = '', signature = ''] = cursor.split('.');
      const given = Buffer.from(signature, 'base64url');
      const expected = sign(list, payload);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw new Problem('invalid-cursor', {
          detail: 'Use the nextCursor of the page before, with the same sort and filters.',
        });
      }
      return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Position;
    },
  };
}
