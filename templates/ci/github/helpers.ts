/** `{{#each (imagesOf slots.checks slots.deployment)}}`: the images that a list and one more item name, each once. */
export function imagesOf(checks: readonly { image: string }[], deployment?: { image: string }): string[] {
  return [...new Set([...checks, ...(deployment?.image ? [deployment] : [])].map(({ image }) => image))];
}
