type Kind = 'counter' | 'rate' | 'trend';

/** The metrics of k6 that thresholds and summaries of projects read. */
const kinds: Record<string, Kind> = {
  http_reqs: 'counter',
  http_req_duration: 'trend',
  http_req_failed: 'rate',
  checks: 'rate',
  dropped_iterations: 'counter',
};

interface Summarized {
  type: Kind;
  values: Record<string, number>;
  thresholds?: Record<string, { ok: boolean }>;
}

/** Collects numbers, of the whole test and of the scenarios that have thresholds. */
export class Metrics {
  readonly #samples = new Map<string, number[]>();

  /** @param thresholds as in the options of a script */
  constructor(private readonly thresholds: Record<string, string[]>) {
    for (const name of [...Object.keys(kinds), ...Object.keys(thresholds)]) this.#samples.set(name, []);
  }

  add(metric: string, value: number, scenario: string | undefined): void {
    if (!kinds[metric]) throw new Error(`${metric} is no metric of this runner`);
    this.#samples.get(metric)!.push(value);
    this.#samples.get(`${metric}{scenario:${scenario}}`)?.push(value);
  }

  /** As the summary of a script gets them. */
  summarize(): Record<string, Summarized> {
    return Object.fromEntries(
      [...this.#samples].map(([name, samples]) => {
        const type = kinds[name.replace(/\{.*/, '')]!;
        const values = valuesOf(type, samples);
        const limits = this.thresholds[name];
        const thresholds =
          limits && Object.fromEntries(limits.map((limit) => [limit, { ok: holds(limit, values) }]));
        return [name, { type, values, ...(thresholds ? { thresholds } : {}) }];
      }),
    );
  }
}

function valuesOf(kind: Kind, samples: readonly number[]): Record<string, number> {
  const count = samples.length;
  const sum = samples.reduce((total, value) => total + value, 0);
  if (kind === 'counter') return { count: sum };
  if (kind === 'rate') return { rate: count === 0 ? 0 : sum / count };
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(count - 1, Math.floor(part * count))] ?? 0;
  const quantiles = { med: at(0.5), 'p(95)': at(0.95), 'p(99)': at(0.99), max: at(1) };
  return { avg: count === 0 ? 0 : sum / count, ...quantiles };
}

/** @param limit such as `p(95)<100` */
function holds(limit: string, values: Record<string, number>): boolean {
  const [, name, sign, bound] = /^(.+?)(<=|>=|<|>)([\d.]+)$/.exec(limit) ?? [];
  const value = values[name!];
  if (value === undefined) throw new Error(`${limit} is no threshold of this runner`);
  const compared = {
    '<': value < +bound!,
    '<=': value <= +bound!,
    '>': value > +bound!,
    '>=': value >= +bound!,
  };
  return compared[sign as keyof typeof compared];
}
