/** A whole number below `limit`. */
export function below(limit) {
  return Math.floor(Math.random() * limit);
}

export function pick(list) {
  return list[below(list.length)];
}

/** @param weights name to weight */
export function pickWeighted(weights) {
  let left = Math.random() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  for (const [name, weight] of Object.entries(weights)) {
    left -= weight;
    if (left < 0) return name;
  }
  return Object.keys(weights)[0];
}
