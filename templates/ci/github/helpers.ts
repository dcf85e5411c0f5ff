/** `{{#each (imagesOf slots.checks slots.deployment)}}`: the images that the items of lists name, each once. */
export function imagesOf(...lists: unknown[]): string[] {
  // Behind the lists, Handlebars passes its options.
  const items = lists.slice(0, -1).flat() as { image: string }[];
  return [...new Set(items.map(({ image }) => image))];
}
