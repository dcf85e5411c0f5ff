import type { IncomingHttpHeaders } from 'node:http';
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

/** The condition of a change. */
export interface Precondition {
  /** Versions that If-Match names (RFC 9110, section 13.1.1); undefined where any version will do. */
  allowed: number[] | undefined;
  /** Whether If-None-Match names a version (section 13.1.2); undefined where the header is not given. */
  excludes: ((version: number) => boolean) | undefined;
}

/**
 * The condition of a change, from the headers of its request.
 * @throws Problem `malformed-request` for an If-Match that is no list of tags, or a header that is too long
 */
export function preconditionOf({
  'if-match': ifMatch,
  'if-none-match': ifNoneMatch,
}: IncomingHttpHeaders): Precondition {
  return {
    allowed: allowedVersions(ifMatch),
    excludes: ifNoneMatch === undefined ? undefined : (version) => isKnown(ifNoneMatch, entityTag(version)),
  };
}

/** Strong entity tag of a version (RFC 9110, section 8.8.3); the same on every instance. */
export function entityTag(version: number | string): string {
  return `"${version}"`;
}

/** The comparison is strong: a weak tag matches nothing. */
function allowedVersions(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  if (ifMatch.length > longest || !tagList.test(ifMatch)) {
    throw malformed(`If-Match takes * or ETags in double quotes, ${longest} characters at most.`);
  }
  return tagsOf(ifMatch).flatMap((tag) => {
    const [, version] = /^"(\d{1,9})"$/.exec(tag) ?? [];
    return version ? [Number(version)] : [];
  });
}

/** 412: the version of the resource does not meet the condition, or there is no resource. */
export function preconditionFailed(): Problem {
  return new Problem('precondition-failed', {
    detail: 'The version of the resource does not meet If-Match or If-None-Match.',
  });
}

function malformed(detail: string): Problem {
  return new Problem('malformed-request', { detail });
}

function tagsOf(header: string): string[] {
  return header.match(/(?:W\/)?"[^"]*"/g) ?? [];
}
