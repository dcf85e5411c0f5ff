import type { Sample } from '../../capacity/exposition.js';

/** A metric as a project has it. */
export interface MetricName {
  name: string;
  /** Of durations; seconds without one. */
  unit?: keyof typeof seconds;
  /** The project's names of labels, by those that rows have for them. */
  labels?: Record<string, string>;
}

/** A member of log lines as a project has it. */
export interface LogField {
  /** `res.statusCode` for a member of a member. */
  field: string;
  /** Of a duration; milliseconds without one. */
  unit?: keyof typeof seconds;
}

/** What a project calls its metrics and the members of its log lines, by the names of generated projects. */
export interface Telemetry {
  metrics: Record<string, MetricName>;
  fields: Record<string, LogField>;
}

const seconds = { s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 } as const;
export const durationUnits = Object.keys(seconds);

/** Metrics that rows look for, with their labels. */
export const metricLabels: Record<string, readonly string[]> = {
  http_server_request_duration_seconds: ['http_request_method', 'http_route', 'http_response_status_code'],
  http_server_active_requests: [],
  http_server_shed_requests_total: ['reason'],
  db_client_connection_count: ['db_client_connection_state'],
  db_client_connection_max: [],
  db_client_connection_pending_requests: [],
  db_client_connection_use_time_seconds: [],
  cache_requests_total: ['level', 'outcome'],
  rate_limit_fallback_total: [],
  circuit_breaker_state: [],
  process_resident_memory_bytes: [],
  process_cpu_seconds_total: [],
  process_start_time_seconds: [],
  process_open_fds: [],
};

/** Members of log lines that rows look for. */
export const logFieldNames = {
  timestamp: 'when it was written: RFC 3339, or a number of seconds or milliseconds since 1970',
  level: 'how severe it is',
  message: 'what it says',
  requestId: 'the id of the request',
  traceId: 'the id of its trace',
  spanId: 'the id of its span',
  method: 'its method',
  route: 'the template of its route',
  status: 'the status of the response',
  durationMs: 'how long it took; with `unit` where these are no milliseconds',
} as const;

/** Whether a metric is a duration, which a project may have in another unit. */
export function isDuration(metric: string): boolean {
  return /_seconds(_total)?$/.test(metric);
}

const suffix = /^(.*?)(_bucket|_sum|_count)?$/;

/** Samples under the names that rows look for, in seconds where these are durations. Others stay as they are. */
export function namedSamples(samples: readonly Sample[], metrics: Telemetry['metrics']): Sample[] {
  const known = new Map(Object.entries(metrics).map(([name, own]) => [own.name, { name, ...labelled(own) }]));
  if (known.size === 0) return [...samples];
  return samples.map((sample) => {
    const [, stem = '', part = ''] = suffix.exec(sample.name)!;
    const whole = known.get(sample.name);
    const found = whole ?? known.get(stem);
    if (!found) return sample;
    const labels = Object.fromEntries(
      Object.entries(sample.labels).map(([label, value]) => [found.labels.get(label) ?? label, value]),
    );
    // Of a histogram, the count has no unit, and the buckets have it in their bounds.
    const kind = whole ? '' : part;
    if (kind === '_bucket' && labels.le !== undefined && labels.le !== '+Inf')
      labels.le = String(inSeconds(Number(labels.le), found.factor));
    return {
      name: `${found.name}${kind}`,
      labels,
      value: ['_bucket', '_count'].includes(kind) ? sample.value : inSeconds(sample.value, found.factor),
    };
  });
}

function labelled({ labels = {}, unit = 's' }: MetricName) {
  return {
    labels: new Map(Object.entries(labels).map(([name, own]) => [own, name])),
    factor: seconds[unit],
  };
}

/** Without the last digits, which are those of the calculation alone. */
function inSeconds(value: number, factor: number): number {
  return factor === 1 ? value : Number((value * factor).toPrecision(12));
}

/** What a project calls otherwise than generated projects do, for people: `rss_bytes for process_resident_memory_bytes`. */
export function telemetryNames({ metrics, fields }: Telemetry): string[] {
  return [
    ...Object.entries(metrics).map(([name, own]) => `${own.name} for ${name}`),
    ...Object.entries(fields).map(([name, own]) => `${own.field} for ${name}`),
  ];
}

/** A log line with the members that rows look for, beside its own. */
export function namedLine<Line extends Record<string, unknown>>(
  line: Line,
  fields: Telemetry['fields'],
): Line {
  const named = Object.entries(fields).flatMap(([name, { field, unit = 'ms' }]) => {
    const value = memberAt(line, field);
    if (value === undefined) return [];
    return [[name, unit === 'ms' ? value : inSeconds(Number(value), seconds[unit] / seconds.ms)]];
  });
  return { ...line, ...Object.fromEntries(named) };
}

/** A member by its own name, dots included, or by those of the members that it is in. */
function memberAt(line: Record<string, unknown>, place: string): unknown {
  if (place in line) return line[place];
  return place
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], line);
}
