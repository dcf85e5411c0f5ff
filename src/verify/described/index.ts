export { callersOf } from './callers.js';
export { contractOf } from './contract.js';
export { lackOf, settingLackOf } from './lacks.js';
export { namesChecks, placesOf } from './probes.js';
export { documentOf } from './project.js';
