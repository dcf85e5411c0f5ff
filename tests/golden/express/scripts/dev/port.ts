import { createServer } from 'node:net';

const tries = 20;

/**
 * The port wanted, or the next one that is free, in which case it says so.
 * @param taken a port that is spoken for although nothing listens there yet
 */
export async function freePort(name: string, wanted: number, taken?: number): Promise<number> {
  for (let port = wanted; port < wanted + tries; port++) {
    if (port === taken || !(await isFree(port))) continue;
    if (port !== wanted)
      console.log(`port ${wanted} is in use: taking ${port} (set ${name} to choose another)`);
    return port;
  }
  throw new Error(`ports ${wanted} to ${wanted + tries - 1} are in use: set ${name} to one that is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
}
