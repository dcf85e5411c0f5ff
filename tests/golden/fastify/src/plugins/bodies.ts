import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { jsonText, requireBounded } from '../http/json-body.js';

/** Reads JSON in UTF-8 with a bounded number of members, and nothing else. */
async function bodies(app: FastifyInstance): Promise<void> {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    (request, body, done) => {
      if (body.length === 0 && !request.routeOptions.schema?.bodyRequired) return done(null, undefined);
      parse(request, jsonText(body), (error, value) => {
        if (!error) requireBounded(value);
        done(error, value);
      });
    },
  );
}

export default plugin(bodies, { name: 'bodies' });
