import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** Forwards requests, but answers every third read of an item with an error itself. */
export async function openFailingProxy(to: string): Promise<{ url: string; close(): void }> {
  let reads = 0;
  const server = http.createServer((request, response) => {
    if (request.method === 'GET' && /^\/v1\/[^/]+\/[^/?]+$/.test(request.url!)) reads += 1;
    if (reads === 3) {
      reads = 0;
      return response.writeHead(500).end();
    }
    const { method, headers, url } = request;
    const onwards = http.request(`${to}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    onwards.on('error', () => response.destroy());
    return request.pipe(onwards);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
