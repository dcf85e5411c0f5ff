import type { CommandCounter } from '../proxies/faults.js';

const tlsHandshake = 0x16;

/**
 * Counts the commands of one connection: arrays of bulk strings (`*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`), or lines
 * (Redis serialization protocol, "Sending commands to a Redis server"). Encrypted commands are not counted.
 */
export function redisCounter(): CommandCounter {
  let line = '';
  let toSkip = 0;
  /** Bulk strings of the array that are still to come. */
  let strings = 0;
  let encrypted: boolean | undefined;

  /** @returns commands that begin with the line */
  function read(): number {
    const length = Number(line.slice(1));
    if (strings > 0) {
      strings -= 1;
      toSkip = length + 2;
      return 0;
    }
    if (line.startsWith('*')) {
      strings = length;
      return length > 0 ? 1 : 0;
    }
    return line === '' ? 0 : 1;
  }

  return (chunk) => {
    encrypted ??= chunk[0] === tlsHandshake;
    if (encrypted) return 0;
    let count = 0;
    for (let place = 0; place < chunk.length; ) {
      if (toSkip > 0) {
        const skipped = Math.min(toSkip, chunk.length - place);
        toSkip -= skipped;
        place += skipped;
        continue;
      }
      const end = chunk.indexOf('\n', place);
      line += chunk.toString('latin1', place, end < 0 ? chunk.length : end);
      if (end < 0) break;
      line = line.trimEnd();
      count += read();
      line = '';
      place = end + 1;
    }
    return count;
  };
}
