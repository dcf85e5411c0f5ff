import { type Sample, samplesOf, sumOf } from '../../capacity/exposition.js';
import type { Response } from '../http/exchange.js';
import { expectStatus, expectThat } from '../http/expectations.js';
import type { Api, Process } from './api.js';

export { type Sample, samplesOf, sumOf } from '../../capacity/exposition.js';

/** The current metrics of a process. @throws Mismatch when the management port does not return them */
export async function metricsOf(api: Api, instance: Process): Promise<Sample[]> {
  const response = await metricsPage(api, instance);
  expectStatus(response, 200);
  return samplesOf(response.text);
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
  const value = sumOf(await metricsOf(api, instance), name);
  expectThat(value !== undefined, `a metric ${name}`, 'none');
  return value;
}

export function metricsPage(api: Api, instance: Process): Promise<Response> {
  return api.send({ path: '/metrics', to: instance.managementUrl });
}
