import type { Server, ServerResponse } from 'node:http';

/**
 * Node takes a connection for idle as soon as its response has been written, taken or not, and would cut it
 * (`closeIdleConnections`, which `close` calls as well). No connection is closed as idle while a response is being taken.
 */
export function keepResponsesBeingTaken(server: Server): void {
  const open = new Set<ServerResponse>();
  server.prependListener('request', (_request, response: ServerResponse) => {
    open.add(response);
    response.once('close', () => open.delete(response));
  });
  const closeIdleConnections = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    for (const response of open) if (response.writableEnded) return;
    closeIdleConnections();
  };
}
