import { Catalog } from '../../src/catalog/catalog.js';

/** What a deploy target may say of itself, all of it. */
export const deployment = {
  image: 'docker',
  commands: [
    'cd deploy',
    'test -s "$CLUSTER_FILE"',
    'roll-out "$IMAGE" --to "$ENVIRONMENT" --token "$TOKEN"',
  ],
  secrets: [
    { name: 'CLUSTER_FILE', file: true, about: 'The cluster.' },
    { name: 'TOKEN', about: 'A token.' },
  ],
  variables: [{ name: 'REGION', about: 'The region.' }],
  identities: [{ audience: 'sts.example.com', file: 'WEB_IDENTITY_TOKEN_FILE' }],
  sourceRegistry: { user: 'REGISTRY_USER', password: 'REGISTRY_PASSWORD' },
};

/** The same templates, in which `none` deploys as described. */
export function withTarget({ layers, versions, presets, helpers }: Catalog): Catalog {
  return new Catalog(
    layers.map((layer) =>
      layer.id === 'deploy/none' ? { ...layer, data: { ...layer.data, contributes: { deployment } } } : layer,
    ),
    versions,
    presets,
    helpers,
  );
}
