import { words } from './names.js';
import { accepts } from './values.js';

/** Where an example goes: its resource and field by name, and the JSON Schema that it must satisfy. */
export interface Place {
  resource: string;
  name: string;
  schema: Record<string, unknown>;
}

/** Rows of seeds, and one more for the body that documents propose: a unique field takes it beside the seeds. */
const rows = [0, 1, 2, 3];
/** Resources and fields that stand for a person. */
const person =
  'account|assignee|author|contact|customer|employee|guest|member|owner|patient|person|student|user';

/** By the end of "resource field", the most specific first. */
const texts: [end: string, values: string[]][] = [
  ['e ?mail( address)?', ['ada@example.com', 'grace@example.com', 'alan@example.com', 'mary@example.com']],
  ['(url|uri|link|website|homepage|webhook)', numbered('https://example.com/pages/')],
  ['(image|photo|picture|avatar|logo)( url)?', numbered('https://example.com/images/', '.png')],
  ['(phone|mobile|fax)( number)?', ['+12025550101', '+12025550102', '+12025550103', '+12025550104']],
  ['(first|given) name', ['Ada', 'Grace', 'Alan', 'Mary']],
  ['(last|family|sur) ?name', ['Lovelace', 'Hopper', 'Turing', 'Shelley']],
  ['(user name|username|login|handle|nickname)', ['ada', 'grace', 'alan', 'mary']],
  [`((${person})( full)? name|${person})`, ['Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'Mary Shelley']],
  [
    '(brand|company|employer|manufacturer|organi[sz]ation|publisher|supplier|vendor)( name)?',
    ['Northwind', 'Harbour & Sons', 'Blue River', 'Granite Works'],
  ],
  ['(city|town)( name)?', ['Lisbon', 'Nairobi', 'Osaka', 'Quito']],
  ['country( name)?', ['Portugal', 'Kenya', 'Japan', 'Ecuador']],
  ['country( code)?', ['PT', 'KE', 'JP', 'EC']],
  [
    '(address|street)( line)?( \\w+)?',
    ['12 Market Street', '7 Harbour Road', '31 Mill Lane', '5 Park Avenue'],
  ],
  ['(zip|postal|post) ?(code)?', ['10115', '20095', '50667', '80331']],
  ['currency( code)?', ['EUR', 'USD', 'JPY', 'GBP']],
  ['(language|locale)( code)?', ['en', 'de', 'ja', 'pt']],
  ['time ?zone', ['Europe/Lisbon', 'Africa/Nairobi', 'Asia/Tokyo', 'America/Guayaquil']],
  ['(color|colour)', ['blue', 'green', 'red', 'black']],
  ['size', ['S', 'M', 'L', 'XL']],
  ['slug', ['wireless-keyboard', 'desk-lamp', 'coffee-grinder', 'travel-backpack']],
  ['(sku|code|key|number|reference)', ['KB-1001', 'DL-2040', 'CG-3300', 'TB-4102']],
  ['(category|genre|group|kind|tag|topic|type)( name)?', ['Office', 'Kitchen', 'Travel', 'Garden']],
  [
    '(article|book|page|post|headline|subject|title)( name| title)?',
    ['Getting started', 'A short history', 'Questions and answers', 'What comes next'],
  ],
  ['(name|label|product|item)', ['Wireless keyboard', 'Desk lamp', 'Coffee grinder', 'Travel backpack']],
  [
    '(about|bio|body|content|description|details|summary|text)',
    [
      'Small, quiet and easy to carry.',
      'Made to last, with parts that can be replaced.',
      'A favourite of the last season.',
      'Ready to use, without any tools.',
    ],
  ],
  [
    '(answer|comment|feedback|instructions|message|note|notes|reason|remark|review)',
    [
      'Please call before delivery.',
      'Leave it with the neighbours.',
      'A present: no invoice in the parcel.',
      'Thank you for the quick help.',
    ],
  ],
];

const integers: [end: string, values: number[]][] = [
  ['(quantity|qty|count|amount|stock|seats|items)', [3, 12, 5, 8]],
  ['age', [34, 27, 51, 42]],
  ['year', [2023, 2024, 2025, 2026]],
  ['(rating|score|stars)', [4, 5, 3, 2]],
  ['(order|place|position|priority|rank|level)', [1, 2, 3, 4]],
  ['(discount|percent|percentage)', [10, 15, 20, 25]],
  ['(duration|minutes|seconds)', [30, 45, 60, 90]],
];

const dates: [end: string, values: string[]][] = [
  ['(birth ?day|birth ?date|date of birth|born)', ['1990-04-12', '1985-11-03', '2001-07-24', '1978-02-09']],
];

/**
 * Four values of a field that somebody could have written, different where there are as many: three for sample rows
 * and one for a new item.
 * @param usual values of the type, for names that say nothing
 */
export function examplesOf(place: Place, usual: readonly unknown[]): unknown[] {
  const { schema, name } = place;
  if (schema.enum)
    return rows.map((row) => (schema.enum as unknown[])[(row + 1) % (schema.enum as []).length]);
  const label = words(name).join(' ');
  const subject = [...words(place.resource), ...words(name)].join(' ');
  const candidates = [
    ...tableOf(schema)
      .filter(([end]) => new RegExp(`(^| )${end}$`).test(subject))
      .map(([, values]) => values),
    usual,
    numbered(`Sample ${label} `).map((value) => value.padEnd(Number(schema.minLength), ' and so on')),
    // Narrow bounds still need values that differ.
    rows.map((row) => String(row + 1).padStart(Number(schema.minLength), '0')),
    rows.map((row) => Math.min(Number(schema.minimum) + row, Number(schema.maximum))),
  ];
  const found = candidates.find(
    (values) => values.length > 0 && values.every((value) => accepts(schema, value)),
  );
  return rows.map((row) => (found ?? usual)[row % (found ?? usual).length]);
}

function tableOf({ type, format }: Record<string, unknown>): [string, unknown[]][] {
  if (type === 'integer') return integers;
  if (format === 'date') return dates;
  return type === 'string' && !format ? texts : [];
}

function numbered(start: string, end = ''): string[] {
  return rows.map((row) => `${start}${row + 1}${end}`);
}
