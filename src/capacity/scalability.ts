/** A measurement with a number of instances. */
export interface Point {
  instances: number;
  /** Requests per second that they answered together. */
  throughput: number;
}

export interface Scalability {
  /** Share of the work that cannot be done side by side. */
  contention: number;
  /** Cost of agreeing, for each pair of instances. */
  coherency: number;
  /** Requests per second of one instance alone. */
  single: number;
  /** Instances beyond which more of them answer less; infinite where nothing has to be agreed on. */
  peak: number;
}

/** Points that a fit needs at least. */
export const pointsNeeded = 6;

/**
 * Fits the universal scalability law, X(n) = γn / (1 + σ(n-1) + κn(n-1)), by least squares of the relative error
 * (Gunther, "Guerrilla Capacity Planning", 2007).
 * @param points at least `pointsNeeded`, of at least three numbers of instances
 */
export function fitScalability(points: readonly Point[]): Scalability {
  // n/X = (1 + σ(n-1) + κn(n-1)) / γ is linear in 1/γ, σ/γ and κ/γ; weighted by X/n, so that each point counts alike.
  const rows = points.map(({ instances: n, throughput }) => {
    const weight = throughput / n;
    return [weight, weight * (n - 1), weight * n * (n - 1), 1];
  });
  let [inverse, contention, coherency] = leastSquares(rows, [0, 1, 2]);
  // A negative share is noise: the law is fitted again without it.
  if (coherency! < 0) [inverse, contention, coherency] = leastSquares(rows, [0, 1]);
  if (contention! < 0) [inverse, contention, coherency] = leastSquares(rows, [0, 2]);
  if (coherency! < 0) [inverse, contention, coherency] = leastSquares(rows, [0]);
  const sigma = contention! / inverse!;
  const kappa = coherency! / inverse!;
  return {
    contention: sigma,
    coherency: kappa,
    single: 1 / inverse!,
    peak: kappa > 0 ? Math.max(1, Math.floor(Math.sqrt((1 - sigma) / kappa))) : Number.POSITIVE_INFINITY,
  };
}

/**
 * Solves the normal equations.
 * @param rows three factors and the value that they should add up to
 * @param used the factors that take part; the coefficients of the others are 0
 */
function leastSquares(rows: readonly number[][], used: readonly number[]): number[] {
  const matrix = used.map((i) =>
    [...used, 3].map((j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
  );
  for (const [column, pivot] of matrix.entries()) {
    for (const [index, row] of matrix.entries()) {
      if (index === column) continue;
      const factor = row[column]! / pivot[column]!;
      for (let k = column; k <= used.length; k += 1) row[k]! -= factor * pivot[k]!;
    }
  }
  const coefficients = [0, 0, 0];
  for (const [index, factor] of used.entries())
    coefficients[factor] = matrix[index]![used.length]! / matrix[index]![index]!;
  return coefficients;
}
