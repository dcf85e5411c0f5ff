/** What is shown for a secret; it is told the name of a shell variable that could hold it, e.g. `TOKEN`. */
export type StandIn = (variable: string) => string;

const headers: Record<string, string> = {
  authorization: 'TOKEN',
  'proxy-authorization': 'TOKEN',
  cookie: 'COOKIE',
  'set-cookie': 'COOKIE',
  'x-api-key': 'API_KEY',
};
const headerNames = Object.keys(headers).join('|');
const names = `${headerNames}|[a-z]*password|access_?token|refresh_?token`;

// All of them also match a text that was cut off inside of the secret.
const member = new RegExp(
  String.raw`"(${names})"(\s*:\s*)(?:"(?:[^"\\]|\\(?:.|$))*(?:"|$)|\[[^\]]*(?:\]|$))`,
  'gis',
);
/** A member of JSON that stands in a string of JSON, as in a line of a log. */
const nestedMember = new RegExp(
  String.raw`\\"(${names})\\"(\s*:\s*)\\"(?:[^"\\]|\\\\(?:\\.|[^"\\]|$))*(?:\\")?`,
  'gis',
);
const headerLine = new RegExp(String.raw`^(${headerNames})(:[ \t]*)(.*)$`, 'gim');
const credentials = /\b(Bearer|Basic)( +)[\w.~+/-]{16,}=*(?![\w"=])/gi;
/** The first member of a token's header is `alg`, `typ` or `kid`. */
const webToken = /eyJ(?:hbGci|0eXAi|raWQi)[\w.-]*/g;

/** The value of a header, without what must not be shown. */
export function hideInHeader(name: string, value: string, standIn: StandIn): string {
  const variable = headers[name.toLowerCase()];
  if (variable === undefined) return hideInText(value, standIn);
  const [, scheme = ''] = /^((?:Basic|Bearer|DPoP) +)?/i.exec(value)!;
  return variable === 'TOKEN' ? `${scheme}${standIn(variable)}` : standIn(variable);
}

/** A text, for instance a body or a message, without passwords, tokens and cookies. */
export function hideInText(text: string, standIn: StandIn): string {
  return text
    .replace(member, (_, name, colon) => `"${name}"${colon}"${standIn(variableOf(name))}"`)
    .replace(nestedMember, (_, name, colon) => `\\"${name}\\"${colon}\\"${standIn(variableOf(name))}\\"`)
    .replace(headerLine, (_, name, colon, value) => `${name}${colon}${hideInHeader(name, value, standIn)}`)
    .replace(credentials, (_, scheme, space) => `${scheme}${space}${standIn('TOKEN')}`)
    .replace(webToken, () => standIn('TOKEN'));
}

/** A URL without its user and password, and without tokens in its query. */
export function hideInUrl(url: string, standIn: StandIn): string {
  const withoutUser = url.replace(/^(\w+:\/\/)[^/?#]*@/, (_, start) => `${start}${standIn('CREDENTIALS')}@`);
  return hideInText(withoutUser, standIn);
}

function variableOf(name: string): string {
  const snake = name.replace(/([a-z])([A-Z])/g, '$1_$2').replaceAll('-', '_');
  return headers[name.toLowerCase()] ?? snake.toUpperCase();
}
