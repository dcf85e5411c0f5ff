// Ends the API when the process that started it is gone, as after `kill -9`: it would keep its port.
const parent = Number(process.env.DEV_PROCESS);
const everyMs = 1000;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, everyMs).unref();
