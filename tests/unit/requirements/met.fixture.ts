import { expect, test } from 'vitest';
import { requires } from '../../requirements.js';

let prepared = false;
const prepare = requires({ name: 'a moon', provide: async () => {} });

prepare(async () => {
  prepared = true;
});

test('is prepared', () => expect(prepared).toBe(true));
