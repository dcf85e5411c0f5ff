import { expectEqual, expectProblem } from '../../http/expectations.js';
import type { Row } from '../row.js';
import { watchMade } from '../shared/newest.js';

const unusable = {
  'an empty key': '',
  'a key with a blank': 'two words',
  'a key that is no ASCII': 'cl\xe9',
  'a key of 256 characters': 'k'.repeat(256),
};

export const unusableKeys: Row[] = [
  {
    id: 'IK8',
    group: 'writes',
    title: 'an Idempotency-Key that is none',
    expected:
      '400 malformed-request for an empty one, one of 256 characters, with a blank or beyond ASCII; nothing is done',
    source: 'draft-ietf-httpapi-idempotency-key-header-07, section 2.1; OWASP API4:2023',
    remedy: 'Check the form of the key, from its first to its last character, before it is looked up.',
    evidence: [],
    needs: ['resource', 'writing', 'idempotency'],
    quick: true,
    async run(api) {
      const made = await watchMade(api);
      for (const key of Object.values(unusable)) {
        const request = { method: 'POST', path: api.resource.path, as: 'editor' as const };
        const headers = { 'idempotency-key': key };
        const response = await api.send({ ...request, headers, json: await api.body() });
        expectProblem(response, 400, 'malformed-request');
      }
      expectEqual(await made(), [], 'items made with keys that are none:');
    },
  },
];
