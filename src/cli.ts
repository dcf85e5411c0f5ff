#!/usr/bin/env node
// The answers to --version and --help are texts made at build time: nothing is imported for them.
declare const VERSION: string;
declare const HELP: string;

type Run = (argv: readonly string[]) => Promise<number>;

const create = async () => (await import('./commands/create.js')).create;
/** The commands that have a name; another word in its place is the folder of a project to create. */
const commands: Readonly<Record<string, () => Promise<Run>>> = {
  list: async () => (await import('./commands/list.js')).list,
  plan: async () => (await import('./commands/plan.js')).plan,
  add: async () => (await import('./commands/add.js')).add,
  resource: async () => (await import('./commands/resource.js')).resource,
  update: async () => (await import('./commands/update.js')).update,
  check: async () => (await import('./commands/check.js')).check,
  verify: async () => (await import('./commands/verify.js')).verify,
  workshop: async () => (await import('./commands/workshop.js')).workshop,
  completion: async () => (await import('./commands/completion.js')).completion,
};

const argv = process.argv.slice(2);
const [name = ''] = argv;

if (argv.includes('--version')) process.stdout.write(`${VERSION}\n`);
else if (argv.includes('--help') || argv.includes('-h')) process.stdout.write(HELP);
else {
  const named = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const run = await (named ?? create)();
  const code = await run(named ? argv.slice(1) : argv);
  const flushed = (stream: NodeJS.WriteStream) =>
    new Promise<void>((resolve) => {
      stream.write('', () => resolve());
    });
  await Promise.all([process.stdout, process.stderr].map(flushed));
  // Node.js 20 that ends by itself closes what is open, and can wait without end for a connection that was cut off.
  process.exit(code);
}
