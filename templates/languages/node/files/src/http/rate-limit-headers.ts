import type { Policy, Verdict } from '../limits/bucket.js';

const policyHeaders = new WeakMap<Policy, string>();

/**
 * Rate-limit headers: the fields of draft-ietf-httpapi-ratelimit-headers-10, and the older X- fields
 * that many clients read. All times are seconds from now.
 */
export function rateLimitHeaders({ policy, remaining, resetSeconds }: Verdict): Record<string, string> {
  return {
    'x-ratelimit-limit': `${policy.quota}`,
    'x-ratelimit-remaining': `${remaining}`,
    'x-ratelimit-reset': `${resetSeconds}`,
    'ratelimit-policy': policyHeader(policy),
    ratelimit: `"${policy.name}";r=${remaining};t=${resetSeconds}`,
  };
}

function policyHeader(policy: Policy): string {
  let header = policyHeaders.get(policy);
  if (!header) {
    header = `"${policy.name}";q=${policy.quota};w=${policy.windowSeconds}`;
    policyHeaders.set(policy, header);
  }
  return header;
}
