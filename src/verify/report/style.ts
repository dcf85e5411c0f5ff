/** The style sheet of the HTML report. Every colour of text has a contrast of 4.5 or more to its background. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --code: #f3f4f6; --line: #d9dde3; --text: #1b1f24; --muted: #57606a;
  --passed: #11692f; --passed-tint: #e6f5ea; --failed: #a8200d; --failed-tint: #fdecea; --focus: #0b57d0;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0f1216; --card: #181c22; --code: #10141a; --line: #2f363f; --text: #e6e9ee; --muted: #a3abb6;
    --passed: #5fd07f; --passed-tint: #14271b; --failed: #ff8f85; --failed-tint: #33191a; --focus: #8ab4ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2.5rem; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.015em; }
h2 { margin: 2.25rem 0 0.75rem; font-size: 1.15rem; display: flex; align-items: baseline; gap: 0.75rem; }
h2 small { font-size: 0.85rem; font-weight: 400; color: var(--muted); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
a { color: inherit; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
.target { margin: 0 0 0.35rem; color: var(--muted); font-size: 0.9rem; overflow-wrap: anywhere; }
.counts { margin: 0.75rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; list-style: none; }
.counts b { font-variant-numeric: tabular-nums; }
.bar { display: flex; gap: 3px; height: 8px; margin-top: 0.9rem; border-radius: 4px; overflow: hidden; }
.bar i { flex: 1 0 auto; background: var(--line); }
.bar .passed { background: var(--passed); }
.bar .failed { background: var(--failed); }
.mapped { margin: 0.75rem 0 0; color: var(--muted); font-size: 0.9rem; overflow-wrap: anywhere; }
.review { margin: 0; padding: 1rem 1rem 1rem 2.5rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.review h3 { margin: 0; font-size: 1rem; }
.review p { margin: 0.15rem 0 0.35rem; color: var(--muted); font-size: 0.93rem; }
.review ul { margin: 0 0 0.9rem; padding-left: 1.1rem; font-size: 0.93rem; overflow-wrap: anywhere; }
.folded { margin: 0; padding: 0.85rem 1rem 0.85rem 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; font-size: 0.93rem; overflow-wrap: anywhere; }
.mark { font-weight: 700; color: var(--muted); }
.passed > .mark, .passed > summary .mark { color: var(--passed); }
.failed > .mark, .failed > summary .mark { color: var(--failed); }
.card { display: grid; grid-template-columns: repeat(5, 1fr); gap: 0 0.75rem; margin: 0; padding: 0; list-style: none; }
.card li {
  grid-row: span 3; display: grid; grid-template-rows: subgrid; gap: 0;
  margin-bottom: 0.75rem; padding: 0.85rem 1rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 10px;
}
.card li.passed { background: var(--passed-tint); }
.card li.failed { background: var(--failed-tint); border-color: var(--failed); }
.card h3 { margin: 0 0 0.5rem; font-size: 0.92rem; font-weight: 500; line-height: 1.35; }
.card p { margin: 0; }
.card .answer { font-size: 1.2rem; font-weight: 700; line-height: 1.3; }
.card .passed .answer { color: var(--passed); }
.card .failed .answer { color: var(--failed); }
.card .not-applicable .answer { color: var(--muted); }
.card .ids { min-height: 1.5em; font-size: 0.82rem; overflow-wrap: anywhere; }
.rows { background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
.rows > details + details { border-top: 1px solid var(--line); }
summary { cursor: pointer; padding: 0.55rem 1rem; }
.rows > details > summary {
  display: grid; grid-template-columns: 1.25rem 3.25rem 1fr auto; gap: 0.5rem; align-items: baseline; list-style: none;
}
.rows > details > summary::-webkit-details-marker { display: none; }
.rows > details > summary:hover { background: var(--code); }
.rows > details > summary:focus-visible { outline-offset: -3px; }
.note { color: var(--muted); font-size: 0.85rem; text-align: right; }
.body { padding: 0.25rem 1rem 1rem 2.75rem; }
dl { margin: 0; display: grid; grid-template-columns: 6rem 1fr; gap: 0.3rem 1rem; font-size: 0.93rem; }
dt { color: var(--muted); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.failed dd.got { color: var(--failed); }
.messages { display: grid; grid-template-columns: 1fr 1fr; gap: 0.75rem; margin-top: 0.9rem; }
figure { margin: 0.9rem 0 0; min-width: 0; }
.messages figure { display: flex; flex-direction: column; margin: 0; }
.messages pre { flex: 1; }
figcaption { color: var(--muted); font-size: 0.85rem; margin-bottom: 0.25rem; }
pre {
  margin: 0; padding: 0.7rem 0.85rem; max-height: 26rem; overflow: auto; background: var(--code);
  border: 1px solid var(--line); border-radius: 8px; font-size: 0.82rem; line-height: 1.5;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
.before { margin-top: 0.75rem; }
.before > summary { padding-left: 0; color: var(--muted); font-size: 0.9rem; }
footer { padding-top: 2rem; padding-bottom: 3rem; color: var(--muted); font-size: 0.85rem; }
@media screen and (max-width: 56rem) { .card { grid-template-columns: repeat(2, 1fr); } }
@media (max-width: 40rem) {
  header, main, footer { padding-left: 1rem; padding-right: 1rem; }
  .messages, dl { grid-template-columns: 1fr; }
  dd { margin-bottom: 0.4rem; }
  .body { padding-left: 1rem; }
  .rows > details > summary { grid-template-columns: 1.25rem 3.25rem 1fr; }
  .note { grid-column: 3; text-align: left; }
}
@media print {
  :root { color-scheme: light; --page: #ffffff; font-size: 10px; }
  pre { max-height: none; }
  h2 { break-after: avoid; }
  .card li, .rows > details:not(.failed) { break-inside: avoid; }
}
`;
