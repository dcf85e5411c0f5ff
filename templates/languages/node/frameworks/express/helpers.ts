interface Router {
  /** Function that makes it. */
  name: string;
  /** Module below `src/` that exports the function. */
  file: string;
}

/** `{{#each (routers slots.routers resources)}}`: the routers of an application, in the order of their files. */
export function routers(others: Router[], resources: { singular: string; path: string }[]): Router[] {
  const own = resources.map(({ singular, path }) => ({
    name: `${singular}Routes`,
    file: `resources/${path}/routes`,
  }));
  // Folder by folder, as the formatter sorts imports.
  const place = ({ file }: Router) => file.replaceAll('/', '\0');
  return [...others, ...own].sort((a, b) => (place(a) < place(b) ? -1 : 1));
}
