/**
 * The probability of waiting for one of several servers (Erlang C, an M/M/c queue).
 * @param servers how many there are
 * @param busy mean number in use; from `servers` on, all wait
 * @returns 0 to 1
 */
export function shareWaiting(servers: number, busy: number): number {
  if (busy >= servers) return 1;
  // Erlang B by its recurrence, which does not overflow as the factorials do.
  let blocked = 1;
  for (let count = 1; count <= servers; count += 1) blocked = (busy * blocked) / (count + busy * blocked);
  return blocked / (1 - (busy / servers) * (1 - blocked));
}
