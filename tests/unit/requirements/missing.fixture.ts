import { expect, test } from 'vitest';
import { requires } from '../../requirements.js';

const prepare = requires({
  name: 'a second moon',
  provide: () => Promise.reject(new Error('there is one')),
});

prepare(async () => {
  throw new Error('prepared without what it needs');
});

test('low tide', () => expect(1).toBe(1));
test('high tide', () => expect(1).toBe(1));
