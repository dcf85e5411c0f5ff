import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { createJobs, type Jobs } from '../jobs/jobs.js';

declare module 'fastify' {
  interface FastifyInstance {
    jobs: Jobs;
  }
}

/** Work in the background: requests start it and ask for it, src/worker.ts does it. */
async function jobs(app: FastifyInstance): Promise<void> {
  const created = createJobs(app);
  app.decorate('jobs', created);
  app.addHook('onClose', () => created.close());
}

export default plugin(jobs, { name: 'jobs', dependencies: ['database', 'services'] });
