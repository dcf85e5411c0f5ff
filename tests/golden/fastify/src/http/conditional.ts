import { Problem } from '../problem.js';

/**
 * Whether If-None-Match says that the client has this version already (RFC 9110, section 13.1.2): the comparison is
 * weak, the value may be a list or `*`.
 */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.trim() === '*' || tagsOf(ifNoneMatch).some((tag) => tag.replace(/^W\//, '') === etag);
}

/**
 * The versions that If-Match allows a change of (RFC 9110, section 13.1.1). The comparison is strong: a weak tag
 * matches nothing.
 * @returns undefined where any version will do
 */
export function allowedVersions(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  return tagsOf(ifMatch).flatMap((tag) => {
    const [, version] = /^"(\d{1,9})"$/.exec(tag) ?? [];
    return version ? [Number(version)] : [];
  });
}

/** 412: the resource is not in a version that If-Match allows, or is not there at all. */
export function preconditionFailed(): Problem {
  return new Problem('precondition-failed', {
    detail: 'The resource is not in the version that If-Match names.',
  });
}

function tagsOf(header: string): string[] {
  return header.match(/(?:W\/)?"[^"]*"/g) ?? [];
}
