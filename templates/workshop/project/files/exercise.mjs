// The exercises of this workshop: node exercise.mjs list
process.argv.splice(2, 0, 'workshop', 'exercise');
await import('./.workshop/program/cli.js');
