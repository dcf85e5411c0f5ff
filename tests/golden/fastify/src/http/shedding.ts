import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Config } from '../config.js';
import { Problem } from '../problem.js';
import type { Metrics } from '../telemetry/metrics.js';

const sampleMs = 500;
const resolutionMs = 10;

/** Counts what is in progress and refuses more than the instance can finish in time. */
export class Shedding {
  inflight = 0;
  #behind = false;
  #late = 0;
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly config: Config,
    private readonly metrics: Metrics,
  ) {
    // A rate over a series that begins with its first event would miss that event.
    for (const reason of ['event-loop', 'inflight']) metrics.requestsShed.inc({ reason }, 0);
    this.#delay.enable();
    this.#timer = setInterval(() => {
      // One late window is a start or a collection of garbage, not an overload.
      const delayMs = this.#delay.mean / 1e6 - resolutionMs;
      this.#late = delayMs > config.MAX_EVENT_LOOP_DELAY_MS ? this.#late + 1 : 0;
      this.#behind = this.#late > 1;
      this.#delay.reset();
      this.metrics.requestsActive.set(this.inflight);
    }, sampleMs).unref();
  }

  /** @throws Problem `overloaded` */
  admit(): void {
    if (this.inflight < this.config.MAX_INFLIGHT && !this.#behind) return;
    this.metrics.requestsShed.inc({ reason: this.#behind ? 'event-loop' : 'inflight' });
    throw new Problem('overloaded', {
      detail: 'The server has as much to do as it can.',
      headers: { 'retry-after': '1' },
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#delay.disable();
  }
}
