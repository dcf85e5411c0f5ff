import { below, pick } from './random.js';

const longestText = 24;

/** Values that no other row has, as far as the type has that many. */
const fresh = {
  string: ({ minLength, maxLength }) => text(Math.max(minLength, Math.min(maxLength, longestText))),
  integer: () => below(2 ** 31),
  decimal: () => `${1 + below(10 ** 12)}.${10 + below(90)}`,
  uuid: () => crypto.randomUUID(),
  date: () => moment().slice(0, 10),
  datetime: () => moment(),
};

/**
 * A body that the API accepts.
 * @param referred gives the id of a row that a field may refer to
 */
export function bodyFor({ samples, fields }, referred) {
  const body = { ...pick(samples) };
  for (const [name, field] of Object.entries(fields)) {
    if (body[name] === null) continue;
    if (field.type === 'ref') body[name] = referred(field);
    else if (field.unique) body[name] = fresh[field.type](field.schema);
  }
  return body;
}

/** A merge patch of what can be changed without regard to other rows. */
export function changesFor({ samples, fields }) {
  return Object.fromEntries(
    Object.entries(pick(samples)).filter(([name]) => fields[name].type !== 'ref' && !fields[name].unique),
  );
}

function text(length) {
  let made = '';
  while (made.length < length) made += Math.random().toString(36).slice(2);
  return made.slice(0, length);
}

function moment() {
  const first = Date.UTC(1970, 0, 1);
  return new Date(first + below(Date.UTC(2900, 0, 1) - first)).toISOString();
}
