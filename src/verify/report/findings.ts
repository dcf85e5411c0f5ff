import type { Result } from './result.js';

/** Failures of one kind, as a reviewer tells them. */
export interface Finding {
  title: string;
  /** What to do, in a sentence. */
  advice: string;
  results: Result[];
}

interface Kind extends Omit<Finding, 'results'> {
  has(result: Result): boolean;
}

const statusOf = ({ failure }: Result) => failure?.exchanges.at(-1)?.response?.status ?? 0;
const inGroup =
  (...groups: Result['row']['group'][]) =>
  ({ row }: Result) =>
    groups.includes(row.group);

/** Rows on what is between an API and its callers, by which others can read or act for them, and on what errors tell them. */
const opening = ['TL1', 'TL2', 'TL4', 'CK1', 'SE3', 'PD3', 'ER1', 'LG1', 'LG5'];

/** Whether the request was refused as it should be, and only a header of the answer is missing. */
const lacksHeader = (result: Result) =>
  [401, 403].includes(statusOf(result)) && /^a header /.test(result.failure?.expected ?? '');

/** Kinds of failures, from what matters most. A failure is of the first that has it. */
const kinds: Kind[] = [
  {
    title: 'Nothing else can be asked before this is fixed',
    advice: 'Fix it and ask again: it kept other rows from being asked.',
    has: ({ failure }) => failure?.hindrance !== undefined,
  },
  {
    title: 'The process ends by itself',
    advice: 'Handle the error where it comes up: whoever is served at that moment gets no answer.',
    has: ({ failure }) => failure?.crash !== undefined,
  },
  {
    title: 'Callers get what is not for them',
    advice: 'Close it before anything else; it is an attack that waits for somebody to try.',
    has: (result) =>
      (result.row.group === 'authentication' && !lacksHeader(result)) || opening.includes(result.row.id),
  },
  {
    title: 'Requests that are wrong end as errors of the server',
    advice:
      'Refuse them with 4xx before data is used: a 5xx wakes people, hides true failures and makes clients try again.',
    // What a row does to a project is nobody's wrong request.
    has: (result) => statusOf(result) >= 500 && result.row.group !== 'lifecycle',
  },
  {
    title: 'Data is not kept, found or refused as the document says',
    advice: 'Validate by the schema that is published, and send back what was stored.',
    has: inGroup('correctness', 'writes'),
  },
  {
    title: 'The document and the answers differ',
    advice: 'Correct the one that is wrong: clients are generated from the document.',
    has: inGroup('versioning'),
  },
  {
    title: 'Clients, proxies and caches rely on this of HTTP',
    advice: 'Most of it is a setting or a handler in one place.',
    has: inGroup('errors', 'caching', 'lists', 'limits', 'transport', 'authentication'),
  },
  { title: 'Operation', advice: 'Fix them one by one.', has: () => true },
];

/** The failures by their kind, what matters first. */
export function findingsOf(results: readonly Result[]): Finding[] {
  let left = results.filter(({ outcome }) => outcome === 'failed');
  const found: Finding[] = [];
  for (const { title, advice, has } of kinds) {
    const own = left.filter(has);
    left = left.filter((result) => !own.includes(result));
    if (own.length > 0) found.push({ title, advice, results: own });
  }
  return found;
}

/** Rows that were not asked, each reason once, with their ids; many of them as their number. */
export function foldedReasons(reasons: readonly [reason: string, ids: string[]][]): string[] {
  const of = ([, ids]: readonly [string, string[]]) =>
    ids.length > mostIds ? `${ids.length} rows` : ids.join(', ');
  let others = [...reasons];
  const lines: string[] = [];
  for (const [form, title] of alike) {
    const own = others.filter(([reason]) => form.test(reason));
    others = others.filter((entry) => !own.includes(entry));
    const parts = own.map((entry) => `${entry[0].replace(form, '')} (${of(entry)})`);
    if (parts.length > 0) lines.push(`${title}: ${parts.join(', ')}`);
  }
  return [...others.map((entry) => `${entry[0]}: ${of(entry)}`), ...lines];
}

const mostIds = 12;
/** Reasons of one form, which are told in one line. */
const alike: readonly [RegExp, string][] = [
  [/^verify\.yaml names no setting for /, 'verify.yaml names no setting for'],
  [/^the document (describes|has) no /, 'the document does not describe'],
];
