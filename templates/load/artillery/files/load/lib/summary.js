import { readFileSync, writeFileSync } from 'node:fs';

const baselineFile = new URL('../baseline.json', import.meta.url);
const percentiles = { p50Ms: 'p50', p95Ms: 'p95', p99Ms: 'p99' };

/** Says at the end what was measured, keeps it in load/results, and as the baseline with SAVE_BASELINE=1. */
export function summarize({ name, judged, baseline, rateFactor }) {
  globalThis.artillery.ext({
    ext: 'beforeExit',
    method: async ({ report: { counters, summaries } }) => {
      const times = summaries?.[`${judged}.response_time`];
      // A test that was ended early.
      if (!times) return;
      const measured = {
        ...Object.fromEntries(Object.entries(percentiles).map(([key, from]) => [key, times[from]])),
        failedRate: counters[`${judged}.failed`] / counters[`${judged}.requests`],
        rateFactor,
      };
      const lines = Object.keys(percentiles).map(
        (key) => `  ${key.padEnd(6)} ${measured[key]}${beside(measured[key], baseline?.[key])}`,
      );
      console.log(`\n${name}: ${counters['http.requests']} requests\n${lines.join('\n')}`);
      write(new URL(`../results/${name}.json`, import.meta.url), { ...measured, counters, summaries });
      if (process.env.SAVE_BASELINE)
        write(baselineFile, { ...JSON.parse(readFileSync(baselineFile, 'utf8')), [name]: measured });
    },
  });
}

function beside(value, kept) {
  return kept > 0 ? `, ${(value / kept).toFixed(2)} times the baseline of ${kept}` : '';
}

function write(file, value) {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
