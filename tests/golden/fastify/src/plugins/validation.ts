import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { commaListsKeyword } from '../http/comma-lists.js';
import { mayBeMissing, sharedSchemas } from '../openapi.js';

/**
 * Validates as JSON Schema 2020-12, the dialect of OpenAPI 3.1. Parameters are texts and are turned into the types of
 * their schemas; bodies have types of their own and are taken as they are.
 */
async function validation(app: FastifyInstance): Promise<void> {
  for (const schema of sharedSchemas) app.addSchema(schema);
  const bodies = newAjv(false);
  const parameters = newAjv(true);
  app.setValidatorCompiler<Record<string, unknown>>(({ schema, httpPart }) => {
    if (httpPart !== 'body') return parameters.compile(schema);
    const validate = bodies.compile(schema);
    if (!schema[mayBeMissing]) return validate;
    // Fastify validates a missing body as null.
    return (body) => body === null || validate(body) || { error: validate.errors ?? [] };
  });
}

function newAjv(coerceTypes: boolean): Ajv2020 {
  // Problems name what was given and what is known.
  const verbose = coerceTypes;
  const ajv = new Ajv2020({ allErrors: true, coerceTypes, useDefaults: coerceTypes, strict: false, verbose });
  addFormats.default(ajv);
  ajv.addKeyword(commaListsKeyword);
  return ajv.addSchema(sharedSchemas);
}

export default plugin(validation, { name: 'validation' });
