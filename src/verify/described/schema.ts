import { settingNames } from './settings.js';
import { durationUnits, isDuration, logFieldNames, metricLabels } from './telemetry.js';

type Schema = Record<string, unknown>;

const command = (description: string): Schema => ({ type: 'string', pattern: '\\S', description });
const path = (description: string): Schema => ({ type: 'string', pattern: '^/', description });
const texts = (description: string): Schema => ({
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean'] },
  description,
});
const object = (properties: Schema, description: string, more: Schema = {}): Schema => ({
  type: 'object',
  properties,
  additionalProperties: false,
  description,
  ...more,
});
const value = { type: ['string', 'number'] };

const setting = (description: string): Schema => ({
  description,
  if: { type: 'string' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { pattern: '^[A-Za-z_]\\w*$' },
  else: object(
    {
      variable: { type: 'string', pattern: '^[A-Za-z_]\\w*$', description: 'The environment variable.' },
      default: { ...value, description: 'Without the variable, in that unit.' },
      unit: {
        enum: ['ms', 's', 'min'],
        description: 'Of the variable; else the one in which the name ends.',
      },
    },
    description,
    { minProperties: 1 },
  ),
});

/** A text, or an object that says more. */
const named = (long: Schema, description: string): Schema => ({
  description,
  if: { type: 'string' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { pattern: '\\S' },
  else: long,
});
const name = (description: string): Schema => ({ type: 'string', pattern: '\\S', description });
const unit = (usual: string): Schema => ({
  enum: durationUnits,
  description: `Of the project; ${usual} when nothing is said.`,
});

const metric = (own: string, labels: readonly string[]): Schema => {
  const description = `What the project calls ${own}.`;
  return named(
    object(
      {
        name: name('Its name, of a histogram without _bucket, _sum and _count.'),
        ...(isDuration(own) ? { unit: unit('seconds') } : {}),
        ...(labels.length > 0
          ? {
              labels: object(
                Object.fromEntries(labels.map((label) => [label, name(`Its label for ${label}.`)])),
                'Names of its labels.',
              ),
            }
          : {}),
      },
      description,
      { required: ['name'] },
    ),
    description,
  );
};

const logField = (own: string, about: string): Schema => {
  const description = `The member of a log line that says ${about}; res.status is one of a member.`;
  return named(
    object(
      { field: name('Its name.'), ...(own === 'durationMs' ? { unit: unit('milliseconds') } : {}) },
      description,
      { required: ['field'] },
    ),
    description,
  );
};

const request = object(
  {
    method: { enum: ['POST', 'PUT', 'GET'], description: 'POST when nothing is said.' },
    path: path('Where it goes.'),
    json: { type: 'object', description: 'Its body as JSON.' },
    form: texts('Its body as a form.'),
    take: {
      type: 'object',
      propertyNames: { pattern: '^[a-zA-Z][\\w-]*$' },
      additionalProperties: { type: 'string', pattern: '^(/|[A-Za-z-]+$)' },
      description:
        'Names for parts of the answer: a JSON pointer into its body (/accessToken), or the name of a header (Set-Cookie: its first cookie).',
    },
  },
  'A request that signs a caller up or in.',
  { required: ['path'] },
);

/** JSON Schema (2020-12) of verify.yaml. */
export const verifyFileSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'verify.yaml of create-scalable-api: how a project is run',
  ...object(
    {
      build: command('Runs once, in the folder, before anything is started.'),
      migrate: command(
        'Runs to its end with the environment of the instances, and an empty database, before they start.',
      ),
      start: command(
        'Starts one instance. It runs until SIGTERM: one program, without a script of a package manager around it.',
      ),
      image: command(
        'A container image that instances and migrations run in, by docker or podman, in the network of this machine. `start` replaces its own command.',
      ),
      instances: {
        type: 'integer',
        minimum: 1,
        maximum: 64,
        description: 'How many may run side by side; 1 when nothing is said.',
      },
      variables: {
        ...texts('Environment variables. Names in braces are replaced: {port}, {postgresql}, {random}.'),
        propertyNames: { pattern: '^[A-Za-z_]\\w*$' },
      },
      required: {
        type: 'array',
        items: { type: 'string' },
        uniqueItems: true,
        description: 'Variables without which it must not start.',
      },
      settings: object(
        Object.fromEntries(Object.entries(settingNames).map(([name, about]) => [name, setting(about)])),
        'What the project has for settings that checks use, by the name that checks have for them.',
      ),
      startup: object(
        {
          seconds: {
            type: 'number',
            exclusiveMinimum: 0,
            maximum: 3600,
            description:
              'How long an instance may take until `health` answers 2xx; 180 when nothing is said.',
          },
          path: path('A path that answers 2xx as soon as it has started; asked before `health`.'),
        },
        'How long a start takes, and how its end is seen.',
        { minProperties: 1 },
      ),
      health: path('A path that answers 2xx as soon as an instance wants traffic.'),
      live: path('A path that answers 200 as long as the process lives, whatever it depends on.'),
      metrics: path(
        'Where metrics are in the format of Prometheus; at {managementPort} if a variable has it.',
      ),
      logs: {
        enum: ['json'],
        description:
          'The standard output has a JSON object in each line, with the members of generated projects or those of `logFields`.',
      },
      metricNames: object(
        Object.fromEntries(Object.entries(metricLabels).map(([own, labels]) => [own, metric(own, labels)])),
        'What the project calls its metrics, by the names that checks have for them.',
      ),
      logFields: object(
        Object.fromEntries(Object.entries(logFieldNames).map(([own, about]) => [own, logField(own, about)])),
        'What the project calls the members of its log lines, by the names that checks have for them.',
      ),
      openapi: command(
        'The OpenAPI 3 document: a file of the project, or a path that it serves (/v3/api-docs). Default: openapi.yaml.',
      ),
      leftToBalancer: {
        type: 'array',
        items: { enum: ['server', 'edge'] },
        uniqueItems: true,
        description: 'Tiers that a load balancer in front has to hold.',
      },
      credentials: object(
        {
          roles: object(
            {
              reader: { type: 'string', description: 'One who may read.' },
              editor: { type: 'string', description: 'One who may change, too.' },
              admin: { type: 'string', description: 'One who may do everything.' },
            },
            'What {role} stands for. Left out where every caller may do the same.',
            { required: ['reader', 'editor', 'admin'] },
          ),
          requests: {
            type: 'array',
            items: request,
            minItems: 1,
            description:
              'Sent one after another for each caller. {caller} is a new name, {random} a text, {role} the role; those of `take` are known to what follows.',
          },
          headers: texts('Headers that sign a request in.'),
        },
        'How a request is signed in. {variables.NAME} is a value of `variables`.',
        { required: ['headers'] },
      ),
      names: { type: 'object', description: 'Names that the API has for those of the contract.' },
      tables: {
        type: 'object',
        propertyNames: { pattern: '^/' },
        additionalProperties: { type: 'string', pattern: '^[^.]+(\\.[^.]+)?$' },
        description:
          'Tables by the path of their collection, for checks that look into the database: /notes: note_entries. Else they are called like the last part of the path.',
      },
      values: { type: 'object', description: 'Values for fields with rules of their own.' },
    },
    'How a project that was not generated is built, migrated and started.',
  ),
};
