import path from 'node:path';
import fs from 'fs-extra';
import { afterAll, describe, test } from 'vitest';
import { scratchFolder } from '../../command-line.js';
import { requires } from '../../requirements.js';
import { judgeGithub, judgeGitlab, judgeJenkins } from './platforms.js';
import { projects, renderInto } from './project.js';
import { judges } from './tools.js';

const platforms = [
  { ci: 'github', judge: judgeGithub },
  { ci: 'gitlab', judge: judgeGitlab },
  { ci: 'jenkins', judge: judgeJenkins },
];
const folder = scratchFolder('pipelines');

requires(...judges);

afterAll(() => fs.removeSync(folder));

describe.each(projects)('$name', (project) => {
  test.each(platforms)('the tools of $ci accept its pipeline', async ({ ci, judge }) => {
    const place = path.join(folder, project.name, ci);
    renderInto(place, ci, project);
    await judge(place);
  });
});
