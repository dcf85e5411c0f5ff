import path from 'node:path';
import { readyPrograms } from './embedded-programs.js';

/** Prints the folder with PostgreSQL's programs, for tools that start a server of their own. */
process.stdout.write(path.dirname(readyPrograms().postgres));
