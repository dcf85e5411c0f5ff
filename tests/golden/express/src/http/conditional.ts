import { Problem } from '../problem.js';

/** Of a header, in characters. */
const longest = 1024;
const tagList = /^(?:(?:W\/)?"[^"]*"|[ \t,])+$/;

/**
 * Whether If-None-Match says that the client has this version already (RFC 9110, section 13.1.2): the comparison is
 * weak, the value may be a list or `*`. A value that is neither matches nothing.
 * @throws Problem `malformed-request` for one that is too long
 */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.length > longest) throw malformed(`If-None-Match takes ${longest} characters at most.`);
  return ifNoneMatch.trim() === '*' || tagsOf(ifNoneMatch).some((tag) => tag.replace(/^W\//, '') === etag);
}

/**
 * The versions that If-Match allows a change of (RFC 9110, section 13.1.1). The comparison is strong: a weak tag
 * matches nothing.
 * @returns undefined where any version will do
 * @throws Problem `malformed-request` for a value that is no list of tags
 */
export function allowedVersions(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  if (ifMatch.length > longest || !tagList.test(ifMatch)) {
    throw malformed(`If-Match takes * or ETags in double quotes, ${longest} characters at most.`);
  }
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

function malformed(detail: string): Problem {
  return new Problem('malformed-request', { detail });
}

function tagsOf(header: string): string[] {
  return header.match(/(?:W\/)?"[^"]*"/g) ?? [];
}
