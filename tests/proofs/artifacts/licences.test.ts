import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, describe, expect, test } from 'vitest';
import { scratchFolder } from '../../command-line.js';
import { notFree } from '../../licences.js';
import { requires, uv } from '../../requirements.js';
import { licencesOfNode, licencesOfPython } from './licences.js';
import { fromPyPi } from './tools.js';

const folder = scratchFolder('licences');

requires(uv, fromPyPi);

afterAll(() => fs.removeSync(folder));

describe('licences of all packages that projects install let everybody use them', () => {
  test.each([
    ['Node.js', licencesOfNode],
    ['Python', licencesOfPython],
  ])('%s', async (name, licencesOf) => {
    const place = path.join(folder, name);
    fs.ensureDirSync(place);
    const licences = await licencesOf(place);
    expect(Object.keys(licences).length).toBeGreaterThan(50);
    expect(notFree(licences)).toEqual([]);
  });
});
