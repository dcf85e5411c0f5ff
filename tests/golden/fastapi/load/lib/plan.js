/** What this API was sized for. A new plan starts here. */
export const plan = {
  /** Requests per second. */
  rates: {
    smoke: 1,
    average: 250,
    peak: 500,
    stress: 750,
    spike: 1000,
  },
  p95Ms: 100,
  availabilityPercent: 99.9,
  requestTimeoutMs: 5000,
  clientTimeoutS: 15,
};
