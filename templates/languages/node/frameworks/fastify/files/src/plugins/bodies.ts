import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { jsonText, requireBounded } from '../http/json-body.js';
import { Problem } from '../problem.js';

const notAnObject = new Problem('validation-failed', {
  errors: [{ pointer: '#', code: 'type', detail: 'must be object' }],
});

/** Reads JSON in UTF-8 with a bounded number of members, and nothing else. */
async function bodies(app: FastifyInstance): Promise<void> {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    (request, body, done) => {
      const required = request.routeOptions.schema?.bodyRequired;
      if (body.length === 0 && !required) return done(null, undefined);
      parse(request, jsonText(body), (error, value) => {
        // Fastify validates a missing body as null.
        if (value === null && !required) return done(notAnObject);
        if (!error) requireBounded(value);
        done(error, value);
      });
    },
  );
}

export default plugin(bodies, { name: 'bodies' });
