import { isMap, isScalar, LineCounter, parseDocument, type Scalar } from 'yaml';

/**
 * The lines of a document's operations and paths, from 1.
 * @param text an OpenAPI document, YAML or JSON
 * @returns by `GET /v1/products`, and by `/v1/products`
 */
export function operationLines(text: string): Map<string, number> {
  const lines = new LineCounter();
  const paths = parseDocument(text, { lineCounter: lines }).get('paths');
  const found = new Map<string, number>();
  for (const { key: path, value: item } of isMap(paths) ? paths.items : []) {
    if (!isMap(item) || !isScalar(path)) continue;
    if (path.range) found.set(String(path.value), lines.linePos(path.range[0]).line);
    for (const { key } of item.items) {
      const method = key as Scalar;
      if (method.range)
        found.set(`${String(method.value).toUpperCase()} ${path.value}`, lines.linePos(method.range[0]).line);
    }
  }
  return found;
}
