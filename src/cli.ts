#!/usr/bin/env node
// The answers to --version and --help are texts made at build time: nothing is imported for them.
declare const VERSION: string;
declare const HELP: string;

const argv = process.argv.slice(2);

if (argv.includes('--version')) process.stdout.write(`${VERSION}\n`);
else if (argv.includes('--help') || argv.includes('-h')) process.stdout.write(HELP);
else if (argv[0] === 'verify') {
  const { verify } = await import('./verify/command.js');
  process.exitCode = await verify(argv.slice(1));
} else if (argv[0] === 'plan') {
  const { plan } = await import('./plan/command.js');
  process.exitCode = await plan(argv.slice(1));
} else {
  const { run } = await import('./run.js');
  process.exitCode = await run(argv);
}
