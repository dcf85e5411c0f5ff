/** The similarity from which a file counts as a moved one. */
export const leastSimilar = 0.6;

/**
 * The share of lines that two texts have in common, 0 to 1, wherever they stand; lines without a letter or digit do not
 * count. It is 0 if the numbers of lines alone exclude `leastSimilar`.
 */
export function similarity(a: string, b: string): number {
  const [one, other] = [a, b].map((text) => text.split('\n').filter((line) => /\w/.test(line))) as [
    string[],
    string[],
  ];
  const lines = one.length + other.length;
  if (lines === 0 || 2 * Math.min(one.length, other.length) < leastSimilar * lines) return a === b ? 1 : 0;
  const counts = new Map<string, number>();
  for (const line of one) counts.set(line.trim(), (counts.get(line.trim()) ?? 0) + 1);
  let common = 0;
  for (const line of other) {
    const count = counts.get(line.trim()) ?? 0;
    if (count > 0) common++;
    counts.set(line.trim(), count - 1);
  }
  return (2 * common) / lines;
}
