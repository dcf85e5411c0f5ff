import type { Change, Operator } from '../change.js';

interface Token {
  /** In lower case. */
  text: string;
  start: number;
  end: number;
  depth: number;
}

/** Words that a clause ends at, in the same parentheses. */
const clauses = new Set(
  'where order group limit returning on for union having offset set from values select ;'.split(' '),
);
const connectors = new Set(['and', 'or']);
const constraints = [
  /\bnot null\b/gi,
  /\bunique\b(?! index)/gi,
  /\bon delete cascade\b/gi,
  /\breferences \S+ \([^)]*\)( on delete cascade)?/gi,
  /\bdefault [\w.']+(\(\))?/gi,
  /\bcheck \(([^()]|\([^()]*\))*\)/gi,
];
const comparisons: Record<string, string> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' };

/** Operators of SQL: statements, and pieces of conditions that code puts together. */
export const sqlOperators: Operator<string>[] = [
  { name: 'sql-drop-condition', changes: withoutConditions },
  { name: 'sql-drop-order', changes: withoutOrders },
  { name: 'sql-drop-limit', changes: (sql) => withoutClauses(sql, ['limit']) },
  { name: 'sql-drop-on-conflict', changes: (sql) => withoutClauses(sql, ['on', 'conflict']) },
  { name: 'sql-drop-lock', changes: (sql) => withoutClauses(sql, ['for', 'update']) },
  {
    name: 'sql-swap-comparison',
    changes: (sql) =>
      tokensOf(sql)
        .filter(({ text }) => text in comparisons)
        .map(({ text, start, end }) => ({ start, end, text: comparisons[text]! })),
  },
  {
    name: 'sql-drop-constraint',
    changes: (sql) =>
      /create table/i.test(sql) ? constraints.flatMap((pattern) => withoutMatches(sql, pattern)) : [],
  },
  { name: 'sql-drop-index', changes: (sql) => withoutMatches(sql, /\bcreate (unique )?index\b[^;]*;/gi) },
];

/** Whether a string of a program is SQL, or a piece of it. */
export function isSql(text: string): boolean {
  return (
    /^\s*(select|insert|update|delete|create|with)\b/i.test(text) ||
    /\b(where|order by)\b.*[$:"]/i.test(text) ||
    /= [$:]\w+ (and|or) /i.test(text)
  );
}

/** Hides what is no SQL, without moving anything. */
export function masked(text: string, ranges: readonly { start: number; end: number }[]): string {
  return ranges.reduce(
    (made, { start, end }) => made.slice(0, start) + '_'.repeat(end - start) + made.slice(end),
    text,
  );
}

/** Drops each operand of AND and OR, and conditions that stand alone. */
function withoutConditions(sql: string): Change[] {
  const tokens = tokensOf(sql);
  const changes = tokens.flatMap((token, at) => {
    if (!connectors.has(token.text) || isBetween(tokens, at)) return [];
    const from = operandBegin(tokens, at);
    const to = clauseEnd(tokens, at);
    return [
      { start: tokens[from + 1]!.start, end: tokens[at + 1]!.start, text: '' },
      { start: tokens[at - 1]!.end, end: tokens[to - 1]!.end, text: '' },
    ];
  });
  for (const [at, token] of tokens.entries()) {
    if (token.text !== 'where') continue;
    const end = clauseEnd(tokens, at, connectors);
    if (connectors.has(tokens[end]?.text ?? '')) continue;
    changes.push({ start: token.start, end: tokens[end - 1]!.end, text: '' });
  }
  return changes.filter(({ start, end }) => end > start);
}

/** Drops each column of an order, and its direction. */
function withoutOrders(sql: string): Change[] {
  const tokens = tokensOf(sql);
  const changes: Change[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.text !== 'order' || tokens[at + 1]?.text !== 'by') continue;
    const end = clauseEnd(tokens, at);
    const inside = tokens.slice(at + 2, end);
    const commas = inside.filter(({ text, depth }) => text === ',' && depth === token.depth);
    const last = tokens[end - 1]!;
    if (commas.length === 0) changes.push({ start: token.start, end: last.end, text: '' });
    else changes.push({ start: inside[0]!.start, end: commas[0]!.end, text: '' });
    for (const [place, comma] of commas.entries())
      changes.push({ start: comma.start, end: commas[place + 1]?.start ?? last.end, text: '' });
    for (const direction of inside.filter(({ text }) => text === 'desc'))
      changes.push({ start: direction.start, end: direction.end, text: '' });
  }
  return changes;
}

/** Drops a clause that begins with these words. */
function withoutClauses(sql: string, words: readonly string[]): Change[] {
  const tokens = tokensOf(sql);
  return tokens.flatMap((token, at) =>
    words.every((word, place) => tokens[at + place]?.text === word)
      ? [{ start: token.start, end: tokens[clauseEnd(tokens, at) - 1]!.end, text: '' }]
      : [],
  );
}

function withoutMatches(sql: string, pattern: RegExp): Change[] {
  return [...sql.matchAll(pattern)].map(({ index, 0: match }) => ({
    start: index,
    end: index + match.length,
    text: '',
  }));
}

/** Place of the token that an operand left of `at` begins after; -1 for the begin of the text. */
function operandBegin(tokens: readonly Token[], at: number): number {
  const { depth } = tokens[at]!;
  for (let place = at - 1; place >= 0; place--) {
    const token = tokens[place]!;
    if (token.depth < depth || (token.depth === depth && isBoundary(token, connectors))) return place;
  }
  return -1;
}

/** Place of the token that what follows `at` ends before; their number for the end of the text. */
function clauseEnd(tokens: readonly Token[], at: number, others: ReadonlySet<string> = connectors): number {
  const { depth, text } = tokens[at]!;
  const until = connectors.has(text) ? connectors : text === 'where' ? others : new Set<string>();
  for (let place = at + 1; place < tokens.length; place++) {
    const token = tokens[place]!;
    if (token.depth < depth || (token.depth === depth && isBoundary(token, until))) return place;
  }
  return tokens.length;
}

function isBoundary({ text }: Token, others: ReadonlySet<string>): boolean {
  return clauses.has(text) || others.has(text);
}

function isBetween(tokens: readonly Token[], at: number): boolean {
  return (
    tokens[at]!.text === 'and' && tokens.slice(Math.max(0, at - 3), at).some(({ text }) => text === 'between')
  );
}

/** Words, names, texts and signs; comments are left out. A closing parenthesis has the depth outside of it. */
function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  const pattern = /--[^\n]*|"[^"]*"|'[^']*'|[$:]?[\w.]+|<=|>=|<>|::|[^\s\w]/g;
  for (const { 0: text, index } of sql.matchAll(pattern)) {
    if (text.startsWith('--')) continue;
    if (text === ')') depth--;
    tokens.push({ text: text.toLowerCase(), start: index, end: index + text.length, depth });
    if (text === '(') depth++;
  }
  return tokens;
}
