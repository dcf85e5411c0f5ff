import fs from 'node:fs';
import path from 'node:path';
import type { Resolved } from '../answers/resolve.js';
import type { Catalog } from '../catalog/catalog.js';
import { type RenderedFile, render } from '../render/render.js';
import type { Exercise, Workshop } from './exercises.js';

/** The folder of a workshop with its program and what a learner has done. */
export const workshopFolder = '.workshop';
/** The folder of the packages that a workshop brings along. */
export const cacheFolder = `${workshopFolder}/cache`;
/** How a learner runs a step of an exercise, in every shell. */
export const runner = 'node exercise.mjs';
const pages = 'workshop/project';

/**
 * Renders the files of a workshop: the project without what is left out, the pages, and the program itself, so that nothing has to
 * be downloaded for an exercise.
 * @param program the folder of the built program
 */
export function renderWorkshop(
  catalog: Catalog,
  resolved: Resolved,
  { exercises, leftOut }: Workshop,
  { version, program }: { version: string; program: string },
): Map<string, RenderedFile> {
  const layer = catalog.layers.find(({ id }) => id === pages)!;
  const files = render({ ...resolved, layers: [...resolved.layers, layer] }, version, {
    wanted: (file) =>
      !leftOut.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place)),
    more: { workshop: page(resolved, exercises) },
  });
  const add = (file: string, text: string) =>
    files.set(`${workshopFolder}/${file}`, { text, executable: false });
  add('.gitignore', '*\n');
  add('program/package.json', '{ "type": "module" }\n');
  // What it is as a library and as a generator is in folders of their own.
  const entries = fs.readdirSync(program, { withFileTypes: true });
  for (const { name: file } of entries.filter((entry) => entry.isFile()))
    add(`program/${file}`, fs.readFileSync(path.join(program, file), 'utf8'));
  return files;
}

/** What the page of a workshop shows. */
function page({ installation, commands }: Resolved, exercises: readonly Exercise[]) {
  // The first package manager of each language has it.
  const offline = installation.offline!;
  const marks = { 'half-day': '½', day: '1' };
  const numbered = exercises.map(({ path, ...exercise }, index) => ({
    ...exercise,
    number: index + 1,
    path: path === undefined ? '' : marks[path],
  }));
  const minutesOf = (mark: string) =>
    numbered.reduce((sum, { path, minutes }) => (path === mark ? sum + minutes : sum), 0);
  return {
    runner,
    commands,
    install: installation.command,
    needs: offline.needs === undefined ? [] : [offline.needs],
    offline,
    offlineInstall: offline.install.replaceAll('{cache}', cacheFolder),
    cacheIsFor: offline.systems
      ? `The cache is for ${offline.systems.map(({ system }) => system).join('; ')}.`
      : 'The cache is for computers with the system and processor of the one that makes it: make one file for each kind.',
    exercises: numbered,
    halfDayMinutes: minutesOf(marks['half-day']),
    afternoonMinutes: minutesOf(marks.day),
  };
}
