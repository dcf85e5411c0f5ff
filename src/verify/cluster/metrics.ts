import { type Sample, samplesOf, sumOf } from '../../capacity/exposition.js';
import { NotApplicable } from '../contract/not-applicable.js';
import { namedSamples } from '../described/telemetry.js';
import type { Response } from '../http/exchange.js';
import { expectStatus, expectThat } from '../http/expectations.js';
import type { Api, Process } from './api.js';

export { type Sample, samplesOf, sumOf } from '../../capacity/exposition.js';

/**
 * The current metrics of a process, under the names of generated projects, with routes as the document has them.
 * @throws Mismatch when the management port does not return them
 */
export async function metricsOf(api: Api, instance: Process): Promise<Sample[]> {
  const response = await metricsPage(api, instance);
  expectStatus(response, 200);
  const samples = namedSamples(samplesOf(response.text), api.fleet.telemetry.metrics);
  if (api.contract.isOwn) return samples;
  return samples.map((sample) => {
    const { http_route: route } = sample.labels;
    if (route === undefined) return sample;
    return { ...sample, labels: { ...sample.labels, http_route: api.contract.routeOf(route) } };
  });
}

/** Resident memory in bytes. */
export function memoryOf(api: Api, instance: Process): Promise<number> {
  return measured(api, instance, 'process_resident_memory_bytes');
}

/** Seconds of processor time that an instance has used so far. */
export function processorSecondsOf(api: Api, instance: Process): Promise<number> {
  return measured(api, instance, 'process_cpu_seconds_total');
}

async function measured(api: Api, instance: Process, name: string): Promise<number> {
  const samples = await metricsOf(api, instance);
  needMetric(api, samples, name);
  return sumOf(samples, name)!;
}

/**
 * Whether a process exports a metric.
 * @throws Mismatch when it does not, and is a generated project or has a name for it in its verify.yaml
 */
export function exportsMetric(api: Api, samples: readonly Sample[], name: string): boolean {
  const found = samples.some((sample) => sample.name === name || sample.name === `${name}_count`);
  const own = api.fleet.telemetry.metrics[name];
  if (api.contract.isOwn || own)
    expectThat(
      found,
      `a metric ${own?.name ?? name}`,
      [...new Set(samples.map((sample) => sample.name))].join(', ') || 'none',
    );
  return found;
}

/**
 * For rows that cannot be asked without a metric.
 * @throws Mismatch as `exportsMetric` does
 * @throws NotApplicable when another project does not export it
 */
export function needMetric(api: Api, samples: readonly Sample[], name: string): void {
  if (!exportsMetric(api, samples, name))
    throw new NotApplicable(
      `there is no metric ${name}; \`metricNames\` of verify.yaml can say what it is called`,
    );
}

export function metricsPage(api: Api, instance: Process): Promise<Response> {
  return api.send({ path: '/metrics', to: instance.managementUrl });
}
