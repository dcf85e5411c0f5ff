/** `{{zoneNames plan.zones "eu-central-1"}}`: as many zones of a region as a configuration may have, two to five, as items of a list. */
export function zoneNames(count: number, region: string): string {
  const letters = [...'abcde'].slice(0, Math.max(2, count));
  return letters.map((letter) => `"${region}${letter}"`).join(', ');
}
