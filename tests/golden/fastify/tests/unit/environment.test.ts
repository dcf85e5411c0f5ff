import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/env.js';

const settings = {
  PLACE: { type: 'string', protocols: ['redis', 'rediss'], developmentDefault: '' },
  SIZE: { type: 'integer', minimum: 1, maximum: 10, default: 5 },
  ORIGINS: { type: 'string', separator: ',', default: '' },
  LEVEL: { type: 'string', enum: ['low', 'high'], default: 'low' },
  KEY: { type: 'string', format: 'secret', minLength: 16, default: '' },
  QUIET: { type: 'boolean', default: false },
} as const;
const key = 'a sentence that nobody knows';
const complete = { PLACE: 'redis://localhost', KEY: key };

describe('a setting that development goes without', () => {
  it.each(['development', 'test'])('is empty with NODE_ENV=%s', (mode) => {
    expect(readEnvironment(settings, { KEY: key, NODE_ENV: mode }).PLACE).toBe('');
  });

  it.each([undefined, '', 'production', 'staging', 'Development'])('is needed with NODE_ENV=%s', (mode) => {
    const environment = { KEY: key, ...(mode === undefined ? {} : { NODE_ENV: mode }) };
    expect(() => readEnvironment(settings, environment)).toThrow('PLACE is not set');
  });
});

it('turns texts into the types of their schemas', () => {
  const environment = {
    ...complete,
    SIZE: '7',
    ORIGINS: ' https://a.example, ,https://b.example',
    QUIET: 'true',
  };
  expect(readEnvironment(settings, environment)).toEqual({
    ...complete,
    SIZE: 7,
    ORIGINS: ['https://a.example', 'https://b.example'],
    LEVEL: 'low',
    QUIET: true,
  });
});

it('takes an empty variable for one that is not set', () => {
  const environment = { ...complete, SIZE: '', ORIGINS: '', QUIET: '' };
  expect(readEnvironment(settings, environment)).toMatchObject({ SIZE: 5, ORIGINS: [], QUIET: false });
});

it('names everything that is wrong, without the value of what may be a secret', () => {
  const environment = {
    PLACE: 'http://user:pass@host',
    SIZE: '11',
    LEVEL: 'loud',
    KEY: 'short',
    QUIET: 'no',
  };
  expect(() => readEnvironment(settings, environment)).toThrow(
    expect.objectContaining({
      lines: [
        'PLACE must be a URL that starts with redis: or rediss:',
        'SIZE must be a whole number from 1 to 10, not "11"',
        'LEVEL must be one of low, high, not "loud"',
        'KEY is too short: at least 16 characters',
        'QUIET must be true or false, not "no"',
      ],
    }),
  );
});

it.each(['aaaaaaaaaaaaaaaaaaaaaaaa', 'change-me-0123456789-abc'])('refuses a secret like %s', (KEY) => {
  expect(() => readEnvironment(settings, { ...complete, KEY })).toThrow('KEY is too easy to guess');
});
