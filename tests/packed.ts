import fs from 'node:fs';
import type { TestProject } from 'vitest/node';
import { installPackage } from './e2e/project.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder in which the packed package is installed. */
    packageFolder: string;
  }
}

/** Packs and installs the package once for all test files of a Vitest project. */
export default function setup(project: TestProject): () => void {
  const folder = installPackage();
  project.provide('packageFolder', folder);
  return () => fs.rmSync(folder, { recursive: true, force: true });
}
