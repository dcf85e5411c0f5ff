// What Vitest adds to the environment would reach the programs that tests start, and make them other programs.
for (const name of ['BASE_URL', 'DEV', 'MODE', 'NODE_ENV', 'NODE_OPTIONS', 'PROD', 'SSR', 'TEST', 'VITEST'])
  delete process.env[name];
