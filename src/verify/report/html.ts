import { type Group, questions } from '../checks/row.js';
import {
  byGroup,
  byReason,
  counts,
  countsText,
  duration,
  outcomeOf,
  outcomes,
  requestText,
  responseText,
  titleOf,
  verdict,
  wasAsked,
} from './arrange.js';
import { findingsOf, foldedReasons } from './findings.js';
import { html, Markup } from './markup.js';
import { presentable } from './presentable.js';
import type { ChecklistAnswer, Report, Result } from './result.js';
import { style } from './style.js';

// The page needs nothing from anywhere: should a text of the API ever get through as markup, it can load and run nothing.
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The report as one page: no script, no other files, no network access. */
export function htmlOf(given: Report): string {
  const report = presentable(given);
  const { results, checklist } = report;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${verdict(report).text}: ${report.target}</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body>
${header(report)}
<main>
${report.foreign ? review(results) : ''}
<section aria-labelledby="checklist">
<h2 id="checklist">Scalability checklist</h2>
<ul class="card">${checklist.map(tile)}</ul>
</section>
${byGroup(report.foreign ? results.filter(({ outcome }) => wasAsked(outcome)) : results).map(([group, members]) => section(group, members))}
${report.foreign ? notAsked(results) : ''}
</main>
<footer>Made by create-scalable-api verify. Passwords, tokens and cookies are shown as “…”.</footer>
</body>
</html>
`.text;
}

function header(report: Report): Markup {
  const { outcome, text } = verdict(report);
  const all = Object.entries(counts(report.results)) as [keyof typeof outcomes, number][];
  const found = all.filter(([, count]) => count > 0);
  return html`<header>
<p class="target">${report.target}</p>
<h1 class="${outcome}"><span class="mark" aria-hidden="true">${outcomes[outcome].mark}</span> ${text}</h1>
<ul class="counts">${found.map(([name, count]) => html`<li><b>${count}</b> ${outcomes[name].name}</li>`)}
<li>in ${duration(report.ms)}</li></ul>
${report.mapped?.length ? html`<p class="mapped">Asked in the names of the API: ${report.mapped.join(', ')}</p>` : ''}
<div class="bar" aria-hidden="true">${found.map(([name, count]) => html`<i class="${name}" style="flex-grow: ${count}"></i>`)}</div>
</header>`;
}

/** What a reviewer would say first: kinds of failures, each with its rows and what to do. */
function review(results: readonly Result[]): Markup {
  const found = findingsOf(results);
  if (found.length === 0) return html``;
  return html`<section aria-labelledby="review">
<h2 id="review">What to do, in this order</h2>
<ol class="review">${found.map(
    ({ title, advice, results: own }) => html`<li><h3>${title}</h3><p>${advice}</p>
<ul>${own.map(({ row, failure }) => html`<li><a href="#${row.id}">${row.id}</a> ${row.title}: expected ${failure?.expected ?? row.expected}, got ${failure?.got.slice(0, 200) ?? ''}</li>`)}</ul></li>`,
  )}</ol>
</section>`;
}

/** Rows that say nothing of this API, by reason. */
function notAsked(results: readonly Result[]): Markup {
  const lines = foldedReasons(byReason(results, 'not-applicable'));
  if (lines.length === 0) return html``;
  return html`<section aria-labelledby="not-asked">
<h2 id="not-asked">Not asked <small>${counts(results)['not-applicable']} rows</small></h2>
<ul class="folded">${lines.map((line) => html`<li>${line}</li>`)}</ul>
</section>`;
}

function tile({ question, answer, passed, failed }: ChecklistAnswer): Markup {
  const outcome = outcomeOf[answer];
  const says = { yes: 'Yes', no: 'No', unknown: 'No evidence' }[answer];
  const ids = answer === 'no' ? failed : passed;
  const links = ids.map((id, place) => html`${place === 0 ? '' : ', '}<a href="#${id}">${id}</a>`);
  return html`<li class="${outcome}"><h3>${questions[question]}</h3>
<p class="answer"><span aria-hidden="true">${outcomes[outcome].mark}</span> ${says}</p>
<p class="ids">${links}${answer === 'no' ? ' failed' : ''}</p></li>`;
}

function section(group: Group, results: readonly Result[]): Markup {
  return html`<section aria-labelledby="${group}">
<h2 id="${group}">${titleOf(group)} <small>${countsText(results)}</small></h2>
<div class="rows">${results.map(details)}</div>
</section>
`;
}

function details({ row, outcome, reason, ms, failure }: Result): Markup {
  const { name, mark } = outcomes[outcome];
  const asked = wasAsked(outcome);
  // The id is inside: a browser that goes to it opens the row.
  return html`<details class="${outcome}"${outcome === 'failed' ? html` open` : ''}>
<summary><span class="mark" aria-hidden="true">${mark}</span><code>${row.id}</code><span>${row.title}</span>
<span class="note">${name}${asked ? html` · ${duration(ms)}` : ''}</span></summary>
<div class="body" id="${row.id}"><dl>
${entry('Contract', row.expected)}
${entry('Source', row.source)}
${reason ? entry('Reason', reason) : ''}
${failure ? html`${entry('Expected', failure.expected)}<dt>Got</dt><dd class="got">${failure.got}</dd>` : ''}
${failure && failure.crash === undefined ? entry('Remedy', row.remedy) : ''}
</dl>${failure ? evidence(failure) : ''}</div>
</details>
`;
}

function evidence({ exchanges, curl }: NonNullable<Result['failure']>): Markup {
  const last = exchanges.at(-1);
  const before = exchanges.slice(0, -1);
  return html`${last ? messages(last) : ''}
${curl ? html`<figure><figcaption>Send it again</figcaption><pre>${curl}</pre></figure>` : ''}
${
  before.length > 0
    ? html`<details class="before"><summary>${before.length} sent before</summary>${before.map(messages)}</details>`
    : ''
}`;
}

function messages(exchange: Parameters<typeof requestText>[0]): Markup {
  return html`<div class="messages"><figure><figcaption>Sent</figcaption><pre>${requestText(exchange)}</pre></figure>
<figure><figcaption>Got after ${duration(exchange.ms)}</figcaption><pre>${responseText(exchange)}</pre></figure></div>`;
}

function entry(name: string, text: string): Markup {
  return html`<dt>${name}</dt><dd>${text}</dd>`;
}
