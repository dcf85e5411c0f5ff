/** A parameter with its schema, after references have been followed. */
interface Typed {
  name: string;
  schema: { [keyword: string]: unknown };
}

const integerForm = /^-?\d+$/;
const numberForm = /^-?\d+(\.\d+)?$/;

/**
 * A function that turns the texts of a query or a path into numbers and booleans where the contract has those. A text
 * of another form stays a text, which is then not valid: no spaces, exponents or hexadecimal digits.
 */
export function readValues(parameters: readonly Typed[]): (values: unknown) => void {
  const typed = parameters.flatMap(({ name, schema }) => {
    const read = [schema.type].flat().flatMap((type) => readers[String(type)] ?? [])[0];
    return read ? [{ name, read }] : [];
  });
  return (values) => {
    for (const { name, read } of typed) {
      const text = (values as Record<string, unknown>)[name];
      if (typeof text === 'string') (values as Record<string, unknown>)[name] = read(text);
    }
  };
}

const readers: Record<string, (text: string) => unknown> = {
  integer: (text) => (integerForm.test(text) ? Number(text) : text),
  number: (text) => (numberForm.test(text) ? Number(text) : text),
  boolean: (text) => (text === 'true' || text === 'false' ? text === 'true' : text),
};
