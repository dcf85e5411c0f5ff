/**
 * The collections of an OpenAPI document whose items can be created, read, changed and deleted, each after those that it
 * refers to.
 */
export function resourcesOf({ paths, components }) {
  const found = Object.keys(paths)
    .filter((path) => isCollection(path, paths))
    .map((path) => {
      const { $ref } = paths[path].post.requestBody.content['application/json'].schema;
      const { properties, required = [], example = {} } = components.schemas[$ref.split('/').pop()];
      return { path, fields: properties, required, example };
    });
  const ordered = [];
  while (ordered.length < found.length) {
    const known = new Set(ordered.map(({ path }) => path));
    const next = found.find(
      ({ path, fields }) =>
        !known.has(path) &&
        Object.values(fields).every((schema) => {
          const target = schema['x-references'];
          return target === undefined || target === path || known.has(target);
        }),
    );
    if (!next) throw new Error('collections refer to each other in a circle, or to one that is not there');
    ordered.push(next);
  }
  return ordered;
}

function isCollection(path, paths) {
  const [, item] =
    Object.entries(paths).find(
      ([other]) => other.startsWith(`${path}/{`) && other.indexOf('/', path.length + 1) < 0,
    ) ?? [];
  return Boolean(paths[path].get && paths[path].post && item?.get && item.patch && item.delete);
}
