import { mergeJson } from './json.js';
import { mergeOwners, mergeRequirements, mergeSet, mergeSettings } from './lines.js';
import { type Merge, mergeText } from './text.js';
import { mergeYaml } from './yaml.js';

/** How files are merged, by the end of their paths. */
const kinds: readonly { files: RegExp; merge: Merge }[] = [
  { files: /\.(json|jsonc|code-workspace)$/, merge: mergeJson },
  { files: /\.ya?ml$/, merge: mergeYaml },
  { files: /(^|\/)\.env(\.[^/]*)?$/, merge: mergeSettings },
  { files: /(^|\/)\.[\w.-]*ignore$/, merge: mergeSet },
  { files: /(^|\/)(pyproject\.toml|requirements[^/]*\.txt)$/, merge: mergeRequirements },
  { files: /(^|\/)CODEOWNERS$/, merge: mergeOwners },
];

/** The way to merge a file: by line, if there is no better one. */
export function mergeOf(path: string): Merge {
  return kinds.find(({ files }) => files.test(path))?.merge ?? mergeText;
}
