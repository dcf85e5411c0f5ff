import { createApp } from '../../src/app.js';
import type { Config } from '../../src/config.js';
import { createPlatform, type Platform } from '../../src/platform.js';
import { startTracing } from '../../src/telemetry/tracing.js';

export type Parts = Platform;

/** Starts an instance in this process, on a port of its own. */
export async function start(config: Config) {
  startTracing(config);
  const platform = await createPlatform(config);
  const app = await createApp(platform);
  await app.listen({ port: 0, host: '127.0.0.1' });
  platform.lifecycle.phase = 'ready';
  const close = async () => {
    await app.close();
    await platform.close();
  };
  return { parts: platform, server: app.server, close };
}
