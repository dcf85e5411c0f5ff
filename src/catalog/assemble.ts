import type { Body, Layer } from './layer.js';

/** Makes a layer of its files, given how to get at their content. */
export function assemble<File extends { path: string; executable: boolean }>(
  source: {
    id: string;
    data: Layer['data'];
    files: File[];
    parts: File[];
    resourceFiles: File[];
    resourceParts: File[];
    migrationFiles: File[];
  },
  body: (file: File) => Body,
): Layer {
  const file = (entry: File) => ({ path: entry.path, executable: entry.executable, body: body(entry) });
  const part = (entry: File) => ({ slot: entry.path.split('.')[0]!, body: body(entry) });
  return {
    id: source.id,
    data: source.data,
    files: source.files.map(file),
    parts: source.parts.map(part),
    resourceFiles: source.resourceFiles.map(file),
    resourceParts: source.resourceParts.map(part),
    migrationFiles: source.migrationFiles.map(file),
  };
}
