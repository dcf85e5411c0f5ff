/** A part of the monthly cost, as a layer contributes it. */
export interface Cost {
  part: string;
  /** In dollars, for one of them. */
  price: number;
  per: 'hour' | 'month';
  /** How many there are in each environment. */
  production: number;
  staging: number;
}

const hoursPerMonth = 730;

function monthly({ price, per }: Cost, count: number): number {
  return count * price * (per === 'hour' ? hoursPerMonth : 1);
}

/** `{{costTable slots.costs}}`: the rows of a table with price, count and monthly cost of each part, and their sum. */
export function costTable(costs: readonly Cost[]): string {
  const cell = (cost: Cost, count: number) =>
    count === 0 ? 'none' : `${count} × = ${monthly(cost, count).toFixed(0)}`;
  const rows = costs.map(
    (cost) =>
      `| ${cost.part} | ${cost.price} per ${cost.per} | ${cell(cost, cost.production)} | ${cell(cost, cost.staging)} |`,
  );
  const sum = (environment: 'production' | 'staging') =>
    costs.reduce((total, cost) => total + monthly(cost, cost[environment]), 0).toFixed(0);
  return [...rows, `| **Sum per month** | | **${sum('production')}** | **${sum('staging')}** |`].join('\n');
}
