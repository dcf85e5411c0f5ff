import { abort } from './abort.js';

const tooManyRequests = 429;

/** Ends the test where a rate limit answers: then it would measure the limit. */
export function refuseLimits(status, name, target) {
  if (status === tooManyRequests)
    abort(
      `${name} answers 429: the rate limit of ${target} would be measured. Raise RATE_LIMIT_* of the API under test; see docs/load-tests.md.`,
    );
}

/** Sends one request outside of the measured ones: to sign in, and for what is there before and after. */
export async function call(target, method, path, { body, headers = {} } = {}) {
  try {
    const response = await fetch(`${target}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    refuseLimits(response.status, `${method} ${path}`, target);
    return { status: response.status, text, json: () => JSON.parse(text) };
  } catch (error) {
    return { status: 0, text: error.cause?.message ?? error.message };
  }
}

/** Ends the test when something that it cannot do without is missing. */
export function must(answer, what) {
  if (answer.status >= 200 && answer.status <= 299) return answer;
  const reason = `${what} failed with ${answer.status || 'no answer'}: ${answer.text}`;
  abort(reason);
  throw new Error(reason);
}
