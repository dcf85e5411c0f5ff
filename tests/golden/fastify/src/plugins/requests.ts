import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { Shedding } from '../http/shedding.js';
import { admitRequest, beginRequest, handOver } from '../requests.js';

declare module 'fastify' {
  interface FastifyInstance {
    shedding: Shedding;
  }
}

/** Gives every request its context and one line in the log, and refuses more than the instance can do in time. */
async function requests(app: FastifyInstance): Promise<void> {
  const shedding = new Shedding(app.config, app.metrics);
  app.decorate('shedding', shedding);
  app.addHook('onClose', async () => shedding.close());
  app.decorateRequest('context');

  app.addHook('onRequest', (request, reply, done) => {
    beginRequest(request, reply);
    if (request.routeOptions.config?.probe) return done();
    try {
      admitRequest(request);
      done();
    } catch (problem) {
      done(problem as Error);
    }
  });

  // Requests that are long in coming must not stand in the way of others: they count as work once their body is there.
  app.addHook('preValidation', async ({ context }) => {
    if (context.counted !== 'arriving') return;
    shedding.admit(false);
    shedding.leave(context);
    shedding.enter(context, 'inflight');
  });

  app.addHook('onSend', (request, reply, _payload, done) => {
    handOver(request, reply.raw);
    done();
  });
}

export default plugin(requests, { name: 'requests', dependencies: ['telemetry', 'health', 'cors'] });
