import path from 'node:path';
import { Passed } from '../../tests/passed.js';

/** Prints the projects whose deployment has yet to be proven. With the name of one: it has been. */
const projects = ['fastify', 'fastapi'];
const combination = (framework: string) => ({
  choices: { framework, database: 'postgresql', cache: 'redis', auth: 'jwt', ci: 'none', deploy: 'compose' },
});
const folder = path.relative(path.resolve(import.meta.dirname, '../..'), import.meta.dirname);
const unread = /^(docs|load|observability|tests)\/|\.md$/;
const passed = new Passed('compose', [folder, 'src/verify'], unread);
const [proven] = process.argv.slice(2);
if (proven) passed.record(combination(proven));
else console.log(projects.filter((framework) => !passed.has(combination(framework))).join('\n'));
