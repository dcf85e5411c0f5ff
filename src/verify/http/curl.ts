import type { Exchange } from './exchange.js';
import { hideInHeader, hideInText, hideInUrl, type StandIn } from './secrets.js';
import { unseen } from './visible.js';

/** Made by curl itself, from the URL and the body. */
const own = ['host', 'content-length', 'connection'];
// Escaped, so that no text expands a variable of the shell that runs the command.
const [open, close] = ['\ufdd0', '\ufdd1'];
const variable = new RegExp(`${open}(\\w+)${close}`);
const standIn: StandIn = (name) => `${open}${name}${close}`;

/**
 * A command for a POSIX shell that sends the request again. Secrets are variables in it: `$TOKEN`.
 * @returns undefined for a request whose URL or headers hold what cannot be written in a command
 */
export function curlOf(exchange: Exchange): string | undefined {
  const url = hideInUrl(cleaned(exchange.url), standIn);
  const headers = Object.entries(exchange.requestHeaders)
    .filter(([name]) => !own.includes(name.toLowerCase()))
    .flatMap(([name, values]) => [values].flat().map((value) => header(name, cleaned(value))));
  // Without this, curl would call a body a form.
  if (exchange.requestBody !== undefined && !has(exchange, 'content-type')) headers.push('content-type:');
  if ([url, ...headers].some((text) => text.search(unseen) >= 0)) return undefined;

  const head = exchange.method === 'HEAD';
  const body = head || exchange.requestBody === undefined ? undefined : cleaned(exchange.requestBody);
  const piped = body !== undefined && (/[\n\t]/.test(body) || body.search(unseen) >= 0);
  const method = exchange.method === 'GET' && body === undefined ? '' : ` -X ${word(exchange.method)}`;
  const parts = [
    `curl ${head ? '-I' : `-i${method}`}${pathFlags(url)} ${word(url)}`,
    ...headers.map((line) => `-H ${word(line)}`),
    ...(body === undefined ? [] : [piped ? '--data-binary @-' : `--data-raw ${word(hidden(body))}`]),
  ];
  const command = `${piped ? `${printed(body)} | ` : ''}${parts.join(' \\\n  ')}`;
  return [...notes(exchange).map((note) => `# ${note}`), command].join('\n');
}

function header(name: string, value: string): string {
  return value === '' ? `${name};` : `${name}: ${hideInHeader(name, value, standIn)}`;
}

/** What keeps curl from reading patterns in the URL, and from tidying up its path. */
function pathFlags(url: string): string {
  return `${/[[\]{}]/.test(url) ? ' -g' : ''}${/\/\.\.?(\/|$|\?)/.test(url) ? ' --path-as-is' : ''}`;
}

/** Where the command differs from the request. */
function notes({ method, requestBody, requestHeaders }: Exchange): string[] {
  if (requestBody === undefined) return [];
  const declared = Number(requestHeaders['content-length'] ?? 0);
  const bytes = Buffer.byteLength(requestBody);
  return [
    ...(method === 'HEAD' ? ['without the body of the request'] : []),
    ...(bytes < declared ? [`the body is cut off: ${bytes} of ${declared} bytes`] : []),
    ...(requestBody.includes('\ufffd')
      ? ['the body contained bytes that are no text; they are replaced']
      : []),
  ];
}

/** The text as one word of the shell. */
function word(text: string): string {
  const quoted = (part: string) => (/^[\w./:=@%+,-]*$/.test(part) ? part : quote(part));
  return text === '' ? "''" : pieces(text, quoted);
}

/** A command that prints the text, whatever characters are in it; it may be indented and pasted without a change. */
function printed(text: string): string {
  const escaped = (part: string) => quote(part.replace(/[\\%\n\r\t]/g, named).replace(unseen, octal));
  return `printf ${pieces(hidden(text), escaped)}`;
}

function named(character: string): string {
  return { '\\': '\\\\', '%': '%%', '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character]!;
}

function octal(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

function pieces(text: string, quoted: (part: string) => string): string {
  return text
    .split(variable)
    .map((part, place) => (place % 2 === 1 ? `"$${part}"` : part === '' ? '' : quoted(part)))
    .join('');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function hidden(body: string): string {
  return hideInText(body, standIn);
}

function cleaned(text: string): string {
  return text.replaceAll(open, '\ufffd').replaceAll(close, '\ufffd');
}

function has({ requestHeaders }: Exchange, wanted: string): boolean {
  return Object.keys(requestHeaders).some((name) => name.toLowerCase() === wanted);
}
