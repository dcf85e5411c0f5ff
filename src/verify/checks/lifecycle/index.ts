import type { Row } from '../row.js';
import { connections } from './connections.js';
import { deadlines } from './deadlines.js';
import { degradation } from './degradation.js';
import { draining } from './draining.js';
import { failover } from './failover.js';
import { growth } from './growth.js';
import { idleConnections } from './idle-connections.js';
import { overload } from './overload.js';
import { probes } from './probes.js';
import { schemaChanges } from './schema-changes.js';
import { settingBounds } from './setting-bounds.js';
import { neededSettings } from './settings-needed.js';
import { shedLines } from './shed-lines.js';
import { signals } from './signals.js';
import { slowReaders } from './slow-readers.js';
import { unreadResponses } from './unread-responses.js';

/** How an instance begins, ends, and stands what happens around it. */
export const lifecycle: Row[] = [
  ...probes,
  ...neededSettings,
  ...settingBounds,
  ...draining,
  ...signals,
  ...deadlines,
  ...connections,
  ...overload,
  ...shedLines,
  ...unreadResponses,
  ...slowReaders,
  ...idleConnections,
  ...growth,
  ...degradation,
  ...failover,
  ...schemaChanges,
];
