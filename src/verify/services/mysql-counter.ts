import type { CommandCounter } from '../proxies/faults.js';

/** MySQL source, "my_command.h": COM_QUERY and COM_STMT_EXECUTE. */
const commands = [0x03, 0x17];
/** A packet of this length goes on in the next one. */
const longestPacket = 0xffffff;
/** Flag of the client's first packet: TLS follows, whose commands are not counted. */
const clientSsl = 0x0800;

/**
 * Counts statements of one connection (MySQL source documentation, "Protocol Basics"): a length of three bytes, a sequence
 * number, which is 0 for a command, and a body that begins with its kind. The first packet answers the server's greeting.
 */
export function mysqlCounter(): CommandCounter {
  let head = Buffer.alloc(0);
  let toSkip = 0;
  let greeted = false;
  let continued = false;
  let encrypted = false;

  /** @returns whether a packet that has been read up to its second byte of the body is a statement */
  function isStatement(): boolean {
    const length = head.readUIntLE(0, 3);
    const isNew = !continued && head[3] === 0;
    continued = length === longestPacket;
    if (greeted) return isNew && commands.includes(head[4]!);
    greeted = true;
    encrypted = (head.readUInt16LE(4) & clientSsl) !== 0;
    return false;
  }

  return (chunk) => {
    let count = 0;
    let rest = chunk;
    while (rest.length > 0 && !encrypted) {
      const skipped = Math.min(toSkip, rest.length);
      toSkip -= skipped;
      rest = rest.subarray(skipped);
      const length = head.length < 4 ? undefined : head.readUIntLE(0, 3);
      // Of the body, as much as tells what it is; it may have less.
      const wanted = length === undefined ? 4 : 4 + Math.min(length, 2);
      const missing = wanted - head.length;
      head = Buffer.concat([head, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (head.length < 4 || head.length < 4 + Math.min(head.readUIntLE(0, 3), 2)) continue;
      toSkip = head.readUIntLE(0, 3) - (head.length - 4);
      if (head.length > 4 && isStatement()) count += 1;
      head = Buffer.alloc(0);
    }
    return count;
  };
}
