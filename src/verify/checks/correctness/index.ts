import type { Row } from '../row.js';
import { forEachCollection } from './collection.js';
import { expectConflicts } from './conflicts.js';
import { expectConstraints } from './constraints.js';
import { expectListsHold } from './listing.js';
import { expectMade } from './made.js';
import { expectInvalidRefused } from './refusing.js';
import { expectReplacedAndMerged } from './replacing.js';
import { expectKept } from './restarting.js';
import { expectSequencesHold } from './sequences.js';
import { expectWrittenIsRead } from './written-is-read.js';

const group = 'correctness';

/** Rows on correctness: the API stores what it is sent and returns it. */
export const correctness: Row[] = [
  {
    id: 'IT1',
    group,
    title: 'an item can be made from the document',
    expected:
      '2xx for a body made from the schema of the POST of each collection, or from the examples of the document; the answer says where the item is',
    source: 'OpenAPI 3.1, section 4.8.13 (Request Body Object); RFC 9110, sections 9.3.3 and 15.3.2',
    remedy:
      'Where nothing is found, give the URL with the base path of the API. Else say in the schema what the code asks for, or give the body an example; verify.yaml can name values for rules that no schema says.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    hinders: ({ needs }) => needs.includes('resource') && needs.includes('writing'),
    run: expectMade,
  },
  {
    id: 'MO1',
    group,
    title: 'reads return what was written',
    expected:
      'values at the bounds of each type come back unchanged from POST, PUT and PATCH, from the item on every instance, from the list, and with `fields`',
    source: 'RFC 9110, sections 9.3.1, 9.3.3 and 9.3.4; JSON Schema Validation 2020-12, section 6.3.1',
    remedy:
      'Keep decimals as decimal texts, count lengths in code points, bind values as parameters, and answer every read from the same stored row.',
    evidence: ['cached', 'balanced'],
    needs: ['resource', 'writing'],
    quick: false,
    run: (api) => forEachCollection(api, expectWrittenIsRead),
  },
  {
    id: 'MO2',
    group,
    title: 'PUT replaces, PATCH merges',
    expected:
      'PUT takes away fields that were not sent; PATCH keeps them, and null removes; id and createdAt stay, version counts by one, updatedAt moves; a refused change changes nothing',
    source: 'RFC 9110, section 9.3.4; RFC 7396, section 2',
    remedy:
      'Write every column with PUT, only those of the members sent with PATCH, and version and updatedAt with both.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    run: (api) => forEachCollection(api, expectReplacedAndMerged, ['PUT', 'PATCH']),
  },
  {
    id: 'MO3',
    group,
    title: 'invalid values are refused',
    expected:
      '400 or 422 that names the field, for each constraint broken by one, in POST, PUT and PATCH; nothing is stored',
    source: 'OWASP ASVS V2.2.1; RFC 9110, section 15.5.21; JSON Schema Validation 2020-12, section 6',
    remedy:
      'Validate the body of every write against the schema that the document publishes, formats and patterns included.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    run: (api) => forEachCollection(api, expectInvalidRefused),
  },
  {
    id: 'MO4',
    group,
    title: 'lists with each filter and order, to the last page',
    expected:
      'each matching item once, as it was written, in the requested order; no other on any page, and no deleted one',
    source: 'OWASP ASVS V2.2.1; RFC 8288 (next)',
    remedy: 'Put filter, order and position into one statement, for every page.',
    evidence: [],
    needs: ['resource', 'writing'],
    quick: true,
    run: (api) => forEachCollection(api, expectListsHold),
  },
  {
    id: 'MO5',
    group,
    title: 'conflicts',
    expected:
      '409 for a unique value that is taken and for an account that exists, with the field as `errors[].pointer` and the code `taken`; 4xx for a reference to nothing; nothing changed, and the value is free after a DELETE',
    source: 'RFC 9110, section 15.5.10',
    remedy:
      'Turn violations of constraints into a problem that names the field, and roll the transaction back.',
    evidence: ['pooled'],
    needs: ['started', 'resource', 'writing'],
    quick: true,
    run: expectConflicts,
  },
  {
    id: 'MO6',
    group,
    title: 'a restart of all instances',
    expected: 'every item as it was, with the same ETag, from the database and from the shared cache',
    source: 'The Twelve-Factor App, VI; RFC 9110, section 8.8.3',
    remedy:
      'Keep all state in the database, and build a representation and its tag from the columns of the row alone.',
    evidence: ['stateless'],
    needs: ['started', 'resource', 'writing'],
    quick: false,
    run: expectKept,
  },
  {
    id: 'MO7',
    group,
    title: 'random sequences of operations',
    expected:
      'after each step, on any instance, the same as a model of the collection: items, lists, conditional changes, conflicts, deletions',
    source: 'Claessen and Hughes, "Testing Monadic Code with QuickCheck" (2002); RFC 9110, section 9.3',
    remedy: 'Send the requests of the sequence again by hand, one after another, until an answer differs.',
    evidence: ['balanced'],
    needs: ['resource', 'writing'],
    quick: false,
    run: expectSequencesHold,
  },
  {
    id: 'MO8',
    group,
    title: 'the database refuses what the document forbids',
    expected:
      'an error of the database for null in a required field or one that the server gives, for a value outside of an enumeration, and for a reference to nothing',
    source: 'PostgreSQL manual, section 5.5 (Constraints); OWASP ASVS V2.2.1',
    remedy: 'Declare columns as not null, and give enumerations a check and references a foreign key.',
    evidence: [],
    needs: ['started', 'database', 'resource', 'writing'],
    quick: true,
    run: (api) => forEachCollection(api, expectConstraints),
  },
];
