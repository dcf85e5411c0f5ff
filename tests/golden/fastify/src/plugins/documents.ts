import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { documents } from '../http/docs.js';
import { json, yaml } from '../openapi.js';

const all = documents({ yaml, json });

export const documentPaths = [...all.keys()];

/** openapi.yaml, and the page that shows it. Not limited and not shed. */
async function documentation(app: FastifyInstance): Promise<void> {
  for (const [path, document] of all) {
    app.get(path, { config: { probe: true } }, (request, reply) => {
      const { status, headers, body } = document(request.headers);
      return reply.code(status).headers(headers).send(body);
    });
  }
}

export default plugin(documentation, { name: 'documents', dependencies: ['operations'] });
