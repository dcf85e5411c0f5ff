// Ends the process when the one that started it is gone, as after `kill -9`: it would keep its port.
const parent = Number(process.env.DEV_PROCESS ?? process.ppid);
const everyMs = 1000;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, everyMs).unref();
