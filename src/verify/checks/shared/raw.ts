import type { Api } from '../../cluster/api.js';

/**
 * The start of a request as it goes over the wire, up to its body; with what the document of the API asks for besides.
 * @param headers with the name of the host
 */
export async function headOf(
  api: Api,
  request: { method?: string; path: string; headers: Record<string, string | number> },
): Promise<string> {
  const given = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  const {
    method = 'GET',
    path,
    headers = {},
  } = await api.complete({
    ...request,
    headers: Object.fromEntries(given),
  });
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${fields.join('')}\r\n`;
}
