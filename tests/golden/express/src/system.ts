import type { Api } from './api.js';
import { documents } from './http/docs.js';
import { liveness, readiness } from './http/probes.js';

/** What is not under /v1: probes, the contract itself and the page that shows it. Not limited and not shed. */
export default function systemRoutes(api: Api): void {
  const { contract, lifecycle } = api.platform;
  api.operation('getLiveness', async () => liveness());
  api.operation('getReadiness', async () => readiness(lifecycle));
  for (const [path, document] of documents(contract)) api.document(path, document);
}
