import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Config } from '../config.js';
import { Problem } from '../problem.js';
import type { Metrics } from '../telemetry/metrics.js';

const sampleMs = 500;
const resolutionMs = 10;
/** Bodies that may be on their way, for each request that may be in progress: they take memory, but no work. */
const arrivingEach = 16;

/** A request in the state that it is counted in, if any. */
interface Counted {
  counted: 'arriving' | 'inflight' | undefined;
}

/** Counts what is in progress and refuses more than the instance can finish in time. */
export class Shedding {
  /** Requests that the instance works on. */
  inflight = 0;
  /** Requests whose body the instance waits for. */
  arriving = 0;
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
    metrics.requestsMax.set(config.MAX_INFLIGHT);
    this.#delay.enable();
    this.#timer = setInterval(() => {
      // One late window is a start or a collection of garbage, not an overload.
      const delayMs = this.#delay.mean / 1e6 - resolutionMs;
      const limitMs = config.MAX_EVENT_LOOP_DELAY_MS || Number.POSITIVE_INFINITY;
      this.#late = delayMs > limitMs ? this.#late + 1 : 0;
      this.#behind = this.#late > 1;
      this.#delay.reset();
      this.metrics.requestsActive.set(this.inflight);
    }, sampleMs).unref();
  }

  /**
   * @param arriving whether the body is still to come
   * @throws Problem `overloaded`
   */
  admit(arriving: boolean): void {
    const { MAX_INFLIGHT } = this.config;
    const full = this.inflight >= MAX_INFLIGHT || (arriving && this.arriving > arrivingEach * MAX_INFLIGHT);
    if (!full && !this.#behind) return;
    this.metrics.requestsShed.inc({ reason: this.#behind ? 'event-loop' : 'inflight' });
    throw new Problem('overloaded', {
      detail: 'The server has as much to do as it can.',
      headers: { 'retry-after': '1' },
    });
  }

  enter(request: Counted, state: 'arriving' | 'inflight'): void {
    this[state] += 1;
    request.counted = state;
  }

  /** Counts a request no longer; does nothing when called again. */
  leave(request: Counted): void {
    if (request.counted) this[request.counted] -= 1;
    request.counted = undefined;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#delay.disable();
  }
}
