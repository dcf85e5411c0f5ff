/** A number as a person reads it: three significant digits. */
export function amount(value: number): string {
  return String(Number(value.toPrecision(3)));
}
