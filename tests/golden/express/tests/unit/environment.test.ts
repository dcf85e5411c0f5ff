import { describe, expect, it } from 'vitest';
import { EnvironmentError, readEnvironment, setting } from '../../src/env.js';

const settings = { PLACE: setting.url({ protocols: ['redis'], developmentDefault: '' }) };

describe('a setting that development goes without', () => {
  it.each(['development', 'test'])('is empty with NODE_ENV=%s', (mode) => {
    expect(readEnvironment(settings, { NODE_ENV: mode }).PLACE).toBe('');
  });

  it.each([undefined, '', 'production', 'staging', 'Development'])('is needed with NODE_ENV=%s', (mode) => {
    const environment = mode === undefined ? {} : { NODE_ENV: mode };
    expect(() => readEnvironment(settings, environment)).toThrow(EnvironmentError);
    expect(() => readEnvironment(settings, environment)).toThrow('PLACE is not set');
  });
});
