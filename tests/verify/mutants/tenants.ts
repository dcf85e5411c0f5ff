import type { Mutant } from './mutant.js';

/** Resources whose rows belong to tenants, one of which refers to one that all tenants share. */
export const tenantResources = [
  'task(tenant): title:string(1,80)!, rank:integer+, state:enum(open|done)+, due:date?, total:decimal',
  'step(tenant): taskId:ref(task,cascade), labelId:ref(label)?, text:string(1,40)',
  'label: name:string(1,40)!',
];

const repository = 'dist/resources/tasks/repository.js';

/** Changes to a project of those resources: in code that the frameworks of Node.js share. */
const node: readonly Mutant[] = [
  {
    row: 'TN1',
    name: 'caches an item for every tenant',
    file: 'dist/resources/tasks/service.js',
    from: '{tenantOf(caller)}:$',
    to: '{""}:$',
  },
  {
    row: 'TN1',
    name: 'lets administrators of all tenants delete a row',
    file: 'dist/resources/steps/repository.js',
    from: ".where(ofTenant(caller))\n            .returning('id')",
    to: ".returning('id')",
  },
  {
    row: 'TN2',
    name: 'lists the rows of all tenants',
    file: repository,
    from: '.where(ofTenant(context.principal))\n            .limit(',
    to: '.limit(',
  },
  {
    row: 'TN3',
    name: 'lets a row refer to one of another tenant',
    file: 'dist/ownership.js',
    from: 'if (found.length === 0)',
    to: 'if (found.length < 0)',
  },
  {
    row: 'TN3',
    name: 'keeps Idempotency-Keys by caller, whatever the tenant',
    file: 'dist/context.js',
    from: 'return tenant === undefined ? id :',
    to: 'return tenant || id ? id :',
  },
  {
    row: 'TN4',
    name: 'exports the rows of all tenants',
    file: 'dist/jobs/export.js',
    from: 'visible ? visible(caller)',
    to: 'visible === 0 ? visible(caller)',
  },
  {
    row: 'TN4',
    name: 'shows administrators the jobs of all tenants',
    file: 'dist/jobs/jobs.js',
    from: 'if (tenant === principal.tenant)',
    to: 'if (row)',
  },
];

/** The same in FastAPI. */
const python: readonly Mutant[] = [
  {
    row: 'TN1',
    name: 'caches an item for every tenant',
    file: 'app/resources/tasks/service.py',
    from: 'return f"tasks:{tenant_of(caller)}:{id}"',
    to: 'return f"tasks:{id}"',
  },
  {
    row: 'TN1',
    name: 'lets administrators of all tenants delete a row',
    file: 'app/resources/steps/repository.py',
    from: 'query = delete(TABLE, owned=True)',
    to: 'query = delete(TABLE)',
  },
  {
    row: 'TN2',
    name: 'lists the rows of all tenants',
    file: 'app/resources/tasks/repository.py',
    from: 'owned=True,\n    )\n    values:',
    to: 'owned=False,\n    )\n    values:',
  },
  {
    row: 'TN3',
    name: 'lets a row refer to one of another tenant',
    file: 'app/ownership.py',
    from: '    if owner is None:\n        return\n',
    to: '    if owner is not None or owner is None:\n        return\n',
  },
  {
    row: 'TN3',
    name: 'keeps Idempotency-Keys by caller, whatever the tenant',
    file: 'app/context.py',
    from: 'return self.id if self.tenant is None else',
    to: 'return self.id if self.id else',
  },
  {
    row: 'TN4',
    name: 'exports the rows of all tenants',
    file: 'app/jobs/export.py',
    from: 'if self._owner_for is None:',
    to: 'if self._names:',
  },
  {
    row: 'TN4',
    name: 'shows administrators the jobs of all tenants',
    file: 'app/jobs/router.py',
    from: 'if job.payload.get("tenant", context.principal.tenant) != context.principal.tenant:',
    to: 'if not job.id:',
  },
];

/** By framework. The database of their projects lets a superuser see all rows, so that the repository alone keeps tenants apart. */
export const ofTenants: Readonly<Record<string, readonly Mutant[]>> = {
  fastify: node,
  express: node,
  fastapi: python,
};
