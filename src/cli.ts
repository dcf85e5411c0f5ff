#!/usr/bin/env node
// The answers to --version and --help are texts made at build time: nothing is imported for them.
declare const VERSION: string;
declare const HELP: string;

const argv = process.argv.slice(2);

if (argv.includes('--version')) process.stdout.write(`${VERSION}\n`);
else if (argv.includes('--help') || argv.includes('-h')) process.stdout.write(HELP);
else {
  const { run } = await import('./run.js');
  process.exitCode = await run(argv);
}
