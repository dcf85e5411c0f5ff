/** A sample of a metric. */
export interface Sample {
  /** With the suffix: `http_server_request_duration_seconds_bucket`. */
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** The sum of the samples of that name that have those labels; undefined when there are none. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const found = samples.filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

/** Reads Prometheus' text format (exposition format 0.0.4); comments are left out, labels stay escaped. */
export function samplesOf(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, given]) => [
      label,
      given,
    ]);
    return [{ name, labels: Object.fromEntries(pairs), value: numberOf(value!) }];
  });
}

function numberOf(text: string): number {
  return Number(text.replace(/Inf$/, 'Infinity'));
}
