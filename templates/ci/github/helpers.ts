/** `{{#each (imagesOf slots.checks slots.deployment)}}`: the images that a list and one more item name, each once. */
export function imagesOf(checks: readonly { image: string }[], deployment?: { image: string }): string[] {
  return [...new Set([...checks, ...(deployment?.image ? [deployment] : [])].map(({ image }) => image))];
}

/** `((service|publishedPort))`: where a service of tests is on this machine, and its own port. */
export function publishedPort({ ciUrl, port }: { ciUrl: string; port: number }): string {
  return `127.0.0.1:${new URL(ciUrl).port || port}:${port}`;
}
