import type { Change, Operator } from '../change.js';
import { nextOf, thousandfold } from '../tree.js';

interface Token {
  text: string;
  start: number;
  end: number;
}

const swaps: Record<string, string> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '==': '~=',
  '~=': '==',
  and: 'or',
  or: 'and',
};
const otherFunctions: Record<string, string> = { min: 'max', max: 'min', floor: 'ceil', ceil: 'floor' };

/** Operators for the scripts that the shared cache runs. */
export const luaOperators: Operator<string>[] = [
  { name: 'lua-drop-call', changes: (script) => [...statements(script), ...roundings(script)] },
  { name: 'lua-off-by-one', changes: (script) => numbers(script, nextOf) },
  { name: 'lua-off-by-thousand', changes: (script) => numbers(script, thousandfold) },
  {
    name: 'lua-swap-operator',
    changes: (script) =>
      tokensOf(script)
        .filter(({ text }) => Object.hasOwn(swaps, text))
        .map((token) => ({ ...token, text: swaps[token.text]! })),
  },
  {
    name: 'lua-swap-function',
    changes: (script) =>
      tokensOf(script)
        .filter(({ text }, at, all) => Object.hasOwn(otherFunctions, text) && all[at - 1]?.text === '.')
        .map((token) => ({ ...token, text: otherFunctions[token.text]! })),
  },
  {
    name: 'lua-always-true',
    changes: (script) => conditions(script).map((range) => ({ ...range, text: 'true' })),
  },
  {
    name: 'lua-always-false',
    changes: (script) => conditions(script).map((range) => ({ ...range, text: 'false' })),
  },
];

/** Drops calls whose result nobody takes. */
function statements(script: string): Change[] {
  return [...script.matchAll(/^[ \t]*(redis\.call\(.*\))[ \t]*$/gm)].map(({ index, 0: line, 1: call }) => ({
    start: index + line.indexOf(call!),
    end: index + line.indexOf(call!) + call!.length,
    text: '',
  }));
}

/** Drops functions of numbers and keeps one of their arguments. */
function roundings(script: string): Change[] {
  const tokens = tokensOf(script);
  return tokens.flatMap(({ text, start }, at) => {
    if (text !== 'math' || tokens[at + 3]?.text !== '(') return [];
    const end = closing(tokens, at + 3);
    const inside = tokens.slice(at + 4, end);
    const commas = inside.filter(({ text }, place) => text === ',' && depthOf(inside.slice(0, place)) === 0);
    const bounds = [
      tokens[at + 3]!.end,
      ...commas.flatMap((comma) => [comma.start, comma.end]),
      tokens[end]!.start,
    ];
    const given: string[] = [];
    for (let place = 0; place < bounds.length; place += 2)
      given.push(script.slice(bounds[place], bounds[place + 1]).trim());
    return given.map((argument) => ({ start, end: tokens[end]!.end, text: `(${argument})` }));
  });
}

/** Conditions of `if`. */
function conditions(script: string): { start: number; end: number }[] {
  return [...script.matchAll(/^[ \t]*if (.+) then$/gm)].map(({ index, 0: line, 1: condition }) => {
    const start = index + line.indexOf(condition!);
    return { start, end: start + condition!.length };
  });
}

function numbers(script: string, change: (value: number) => number): Change[] {
  return tokensOf(script).flatMap(({ text, start, end }, at, all) => {
    // The number of an argument is its name.
    if (!/^\d+$/.test(text) || /^(KEYS|ARGV)$/.test(all[at - 2]?.text ?? '')) return [];
    const changed = change(Number(text));
    return changed === Number(text) ? [] : [{ start, end, text: String(changed) }];
  });
}

/** Place of the parenthesis that closes the one at `at`. */
function closing(tokens: readonly Token[], at: number): number {
  let place = at + 1;
  while (place < tokens.length && depthOf(tokens.slice(at, place + 1)) > 0) place++;
  return place;
}

function depthOf(tokens: readonly Token[]): number {
  const count = (sign: string) => tokens.filter(({ text }) => text === sign).length;
  return count('(') - count(')');
}

/** Words, numbers and signs; comments and texts are left out. */
function tokensOf(script: string): Token[] {
  const pattern = /--[^\n]*|'[^'\n]*'|"[^"\n]*"|\d+|\w+|[<>=~]=|[^\s\w]/g;
  return [...script.matchAll(pattern)]
    .filter(({ 0: text }) => !/^(--|'|")/.test(text))
    .map(({ 0: text, index }) => ({ text, start: index, end: index + text.length }));
}
