import type { Exchange } from './exchange.js';

/** The replacement of a secret, given the name of a shell variable for it, e.g. `TOKEN`. */
export type StandIn = (variable: string) => string;
/** The replacement in a report. */
export const hidden: StandIn = () => '…';

const headers: Record<string, string> = {
  authorization: 'TOKEN',
  'proxy-authorization': 'TOKEN',
  cookie: 'COOKIE',
  'set-cookie': 'COOKIE',
  'x-api-key': 'API_KEY',
};
const headerNames = Object.keys(headers).join('|');
const tokenNames = '(?:access|refresh|id|auth)_?token|token';
const passwordNames = '[a-z]*password|passwd|(?:client_?)?secret|api_?key';
const names = `${headerNames}|${passwordNames}|${tokenNames}`;

// All of them also match a text that was cut off inside of the secret.
const member = new RegExp(
  String.raw`"(${names})"(\s*:\s*)(?:"((?:[^"\\]|\\(?:.|$))*)(?:"|$)|\[[^\]]*(?:\]|$))`,
  'gis',
);
/** A member of JSON that stands in a string of JSON, as in a line of a log. */
const nestedMember = new RegExp(
  String.raw`\\"(${names})\\"(\s*:\s*)\\"(?:[^"\\]|\\\\(?:\\.|[^"\\]|$))*(?:\\")?`,
  'gis',
);
const headerLine = new RegExp(String.raw`^(${headerNames})(:[ \t]*)(.*)$`, 'gim');
const credentials = /\b(Bearer|Basic)( +)[\w.~+/-]{16,}=*(?![\w"=])/gi;
/** A parameter of a query or a form. */
const parameter = new RegExp(
  String.raw`(^|[?&;\s])(${passwordNames}|${tokenNames}|key|sig|signature)=([^&;\s"'<>#]+)`,
  'gim',
);
const userInfo = /\b([a-z][a-z\d+.-]*:\/\/)([^\s/?#"'<>]*)@/gi;
/** The first member of a token's header is `alg`, `typ` or `kid`. */
const webToken = /eyJ(?:hbGci|0eXAi|raWQi)[\w.-]*/g;

/** Secrets that have no form of their own, with the variable for each. They are kept until the process ends. */
const known = new Map<string, string>();
/** Shorter values are words that a report also needs. */
const leastKept = 8;
/** A text may be cut off inside of a secret: this much of its start is taken for the secret. */
const leastStart = 12;

/** Hides a value from now on wherever it is shown, as it stands, in a URL and in JSON. */
export function keepSecret(value: string, variable: string): void {
  for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)])
    if (form !== '') known.set(form, variable);
}

/** Remembers the passwords, tokens and cookies of an exchange, which may reappear in unmarked places. */
export function keepSecretsOf({ url, requestHeaders, requestBody, response }: Exchange): void {
  const keep = (value: string, name: string) => {
    // Anything in the form of a token is hidden, known or not.
    if (value.length >= leastKept && value.search(webToken) !== 0) keepSecret(value, variableOf(name));
  };
  for (const [name, values] of [
    ...Object.entries(requestHeaders),
    ...Object.entries(response?.headers ?? {}),
  ])
    if (headers[name.toLowerCase()])
      for (const value of [values].flat()) keep(credentialsIn(name, value), name);
  for (const text of [url, requestBody ?? '', response?.text ?? '']) {
    for (const [, name, , value = ''] of text.matchAll(member)) keep(unescaped(value), name!);
    for (const [, , name, value] of text.matchAll(parameter)) keep(decoded(value!), name!);
  }
}

/** Keeps the password of a URL that has one. */
export function keepSecretsOfUrl(url: string): void {
  const [, , user = ''] = new RegExp(userInfo, 'i').exec(url) ?? [];
  const password = decoded(user.slice(user.indexOf(':') + 1));
  if (password.length >= leastKept) keepSecret(password, 'PASSWORD');
}

/** The value of a header, without what must not be shown. */
export function hideInHeader(name: string, value: string, standIn: StandIn): string {
  const variable = headers[name.toLowerCase()];
  if (variable === undefined) return hideInText(value, standIn);
  const [, scheme = ''] = /^((?:Basic|Bearer|DPoP) +)?/i.exec(value)!;
  return variable === 'TOKEN' ? `${scheme}${standIn(variable)}` : standIn(variable);
}

/** A text, for instance a body or a message, without passwords, tokens and cookies. */
export function hideInText(text: string, standIn: StandIn): string {
  return withoutKnown(text, standIn)
    .replace(userInfo, (_, start) => `${start}${standIn('CREDENTIALS')}@`)
    .replace(parameter, (_, before, name) => `${before}${name}=${standIn(variableOf(name))}`)
    .replace(member, (_, name, colon) => `"${name}"${colon}"${standIn(variableOf(name))}"`)
    .replace(nestedMember, (_, name, colon) => `\\"${name}\\"${colon}\\"${standIn(variableOf(name))}\\"`)
    .replace(headerLine, (_, name, colon, value) => `${name}${colon}${hideInHeader(name, value, standIn)}`)
    .replace(credentials, (_, scheme, space) => `${scheme}${space}${standIn('TOKEN')}`)
    .replace(webToken, () => standIn('TOKEN'));
}

/** A URL without its user and password, and without tokens in its query. */
export function hideInUrl(url: string, standIn: StandIn): string {
  return hideInText(url, standIn);
}

function withoutKnown(text: string, standIn: StandIn): string {
  let shown = text;
  // The longest first: one secret may begin with another.
  for (const [secret, variable] of [...known].sort(([a], [b]) => b.length - a.length)) {
    const start = secret.slice(0, leastStart);
    const [before, ...after] = shown.split(start);
    const rest = after.map((part) => {
      let length = 0;
      while (length < part.length && part[length] === secret[start.length + length]) length += 1;
      return standIn(variable) + part.slice(length);
    });
    shown = before + rest.join('');
  }
  return shown;
}

/** The secret part of the value of a header. */
function credentialsIn(name: string, value: string): string {
  if (/cookie$/i.test(name)) return value.replace(/;.*/s, '').replace(/^[^=]*=/, '');
  return value.replace(/^\w+ +/, '');
}

function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`);
  } catch {
    return text;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function variableOf(name: string): string {
  const snake = name.replace(/([a-z])([A-Z])/g, '$1_$2').replaceAll('-', '_');
  return headers[name.toLowerCase()] ?? snake.toUpperCase();
}
