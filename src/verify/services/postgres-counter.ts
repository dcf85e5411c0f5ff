import type { CommandCounter } from '../proxies/faults.js';

// Codes in the place of the protocol's version: after these two comes a startup message, or TLS.
const sslRequest = 80_877_103;
const gssRequest = 80_877_104;
const query = 'Q'.charCodeAt(0);
const execute = 'E'.charCodeAt(0);
const tlsHandshake = 0x16;

/**
 * Counts Query and Execute messages of one connection (PostgreSQL manual, 54.7 "Message Formats"): a type of one byte,
 * a length that counts itself, a body. The startup message has no type. Encrypted commands are not counted.
 */
export function postgresCounter(): CommandCounter {
  let header = Buffer.alloc(0);
  let toSkip = 0;
  let started = false;
  let encrypted = false;

  /** Reads the first message in the header when it is there. @returns bytes of the header, 0 when some are missing */
  function startup(): number {
    encrypted = header[0] === tlsHandshake;
    if (encrypted || header.length < 8) return 0;
    const code = header.readUInt32BE(4);
    started = code !== sslRequest && code !== gssRequest;
    toSkip = header.readUInt32BE(0) - 8;
    return 8;
  }

  return (chunk) => {
    let count = 0;
    let rest = chunk;
    while (rest.length > 0 && !encrypted) {
      if (toSkip > 0) {
        const skipped = Math.min(toSkip, rest.length);
        toSkip -= skipped;
        rest = rest.subarray(skipped);
        continue;
      }
      const missing = (started ? 5 : 8) - header.length;
      header = Buffer.concat([header, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (!started) {
        if (startup() > 0) header = Buffer.alloc(0);
      } else if (header.length === 5) {
        if (header[0] === query || header[0] === execute) count += 1;
        toSkip = header.readUInt32BE(1) - 4;
        header = Buffer.alloc(0);
      }
    }
    return count;
  };
}
