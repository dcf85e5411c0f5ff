export { contractOf } from './described/contract.js';
export { namesChecks, placesOf } from './described/probes.js';
export { documentOf } from './described/project.js';
export { callersOf } from './described-callers.js';
export { lackOf, settingLackOf } from './described-lacks.js';
