import { posix } from 'node:path';

/** Where the files of a rendering are in a project. */
export interface Places {
  isRendered(file: string): boolean;
  /** Where its owner has a file that is rendered. */
  placeOf(file: string): string;
}

/**
 * A rendered text with imports that lead to where the owner of the project has moved files.
 * @param file the path that it is rendered at
 * @param at where its owner has it
 */
export function withImports(text: string, file: string, at: string, places: Places): string {
  if (/\.[cm]?[jt]sx?$/.test(file)) return scriptWith(text, file, at, places);
  return file.endsWith('.py') ? pythonWith(text, places) : text;
}

const relativeImport =
  /(\bfrom\s*|\bimport\s*\(?\s*|\bvi\.mock\(\s*|\bnew URL\(\s*)(['"])(\.\.?\/[^'"\n]+)\2/g;

function scriptWith(text: string, file: string, at: string, { isRendered, placeOf }: Places): string {
  return text.replace(relativeImport, (whole, before: string, quote: string, given: string) => {
    const target = posix.join(posix.dirname(file), given);
    const source = [target, target.replace(/\.([cm]?)js$/, '.$1ts')].find(isRendered);
    if (source === undefined) return whole;
    const place = placeOf(source);
    if (place === source && at === file) return whole;
    const path = posix.relative(posix.dirname(at), place);
    const written = source === target ? path : path.replace(/\.([cm]?)ts$/, '.$1js');
    return `${before}${quote}${written.startsWith('.') ? '' : './'}${written}${quote}`;
  });
}

const pythonImport =
  /^([ \t]*from[ \t]+)([A-Za-z_][\w.]*)([ \t]+import\b)(?:([ \t]+)(\w+)([ \t]+as\b.*)?$)?/gm;

function pythonWith(text: string, { isRendered, placeOf }: Places): string {
  /** What a module is called now, where it has been moved. */
  const moved = (module: string) => {
    const path = module.replaceAll('.', '/');
    const source = [`${path}.py`, `${path}/__init__.py`].find(isRendered);
    const place = source === undefined ? undefined : placeOf(source);
    return place === source ? undefined : place?.replace(/(?:\/__init__)?\.py$/, '').replaceAll('/', '.');
  };
  return text.replace(
    pythonImport,
    (whole, from: string, module: string, word: string, space = '', name = '', as = '') => {
      const now = moved(module);
      if (now !== undefined) return `${from}${now}${word}${space}${name}${as}`;
      // A module of a package.
      const [, above, last] = /^(.*)\.([^.]+)$/.exec((name && moved(`${module}.${name}`)) || '') ?? [];
      if (above === undefined) return whole;
      return `${from}${above}${word}${space}${last}${as || (last === name ? '' : ` as ${name}`)}`;
    },
  );
}
