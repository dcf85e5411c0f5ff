import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import type { Metrics } from './telemetry/metrics.js';

const stateNumber = {
  [CircuitState.Closed]: 0,
  [CircuitState.HalfOpen]: 1,
  [CircuitState.Open]: 2,
  [CircuitState.Isolated]: 2,
};

/**
 * A breaker: after five failures in a row it refuses at once, and tries again after two seconds.
 * @param isFailure which errors count; others pass through and leave the breaker as it is
 */
export function createBreaker(name: string, metrics: Metrics, isFailure: (error: Error) => boolean) {
  const breaker = circuitBreaker(handleWhen(isFailure), {
    halfOpenAfter: 2000,
    breaker: new ConsecutiveBreaker(5),
  });
  metrics.breakerState.set({ name }, 0);
  breaker.onStateChange((state) => metrics.breakerState.set({ name }, stateNumber[state]));
  return breaker;
}
