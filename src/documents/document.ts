import type { Node } from './node.js';
import { writeJson } from './write-json.js';
import { writeToml } from './write-toml.js';
import { writeYaml } from './write-yaml.js';

const writers: Record<string, (document: Node) => string> = {
  json: writeJson,
  toml: writeToml,
  yaml: writeYaml,
  yml: writeYaml,
};

/**
 * Serializes a document in the format of the file that it becomes.
 * @throws Error where there is no writer for the file's extension
 */
export function writeDocument(document: Node, path: string): string {
  const write = writers[path.slice(path.lastIndexOf('.') + 1)];
  if (!write) throw new Error(`${path}: data can be written as ${Object.keys(writers).join(', ')}`);
  return write(document);
}
