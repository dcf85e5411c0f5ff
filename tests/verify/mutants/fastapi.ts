import { exerciseOf } from './exercise.js';
import type { Mutant } from './mutant.js';

const planted = exerciseOf('fastapi');
const handlers = 'app/exception_handlers.py';
const responses = 'app/http/responses.py';
const requestLog = 'app/middleware/request_log.py';
const requestLimits = 'app/middleware/request_limits.py';
const json = 'app/http/json_body.py';
const conditional = 'app/http/conditional.py';
const dependencies = 'app/auth/dependencies.py';

/** Changes to the HTTP layer of a FastAPI project. */
export const fastapi: Mutant[] = [
  {
    row: 'PD1',
    name: 'does not say what path an error is about',
    file: handlers,
    from: '"instance": context.path,',
    to: '"instance": "/",',
  },
  {
    row: 'PD1',
    name: 'answers errors as plain JSON',
    file: handlers,
    from: 'MEDIA_TYPE: Final = "application/problem+json"',
    to: 'MEDIA_TYPE: Final = "application/json"',
    also: ['PD2'],
  },
  {
    row: 'ME1',
    name: 'leaves the errors of the framework as they are',
    file: handlers,
    from: '    app.add_exception_handler(HTTPException, _http_exception)\n',
    to: '',
    also: ['PD1', 'PD2'],
  },
  planted('telltale-error', 'tells the message of an unexpected error'),
  {
    row: 'ID1',
    name: 'takes no X-Request-Id',
    file: requestLog,
    from: 'request_id(headers.get("x-request-id"), lambda: str(uuid4()))',
    to: 'str(uuid4())',
  },
  {
    row: 'VA1',
    name: 'takes malformed JSON for an invalid body',
    file: json,
    from: 'except (ValueError, RecursionError) as error:\n        raise Problem("malformed-request") from error',
    to: 'except (ValueError, RecursionError) as error:\n        raise Problem("validation-failed") from error',
  },
  {
    row: 'VA2',
    name: 'names only the first error of a body',
    file: handlers,
    from: 'MOST_VIOLATIONS: Final = 50',
    to: 'MOST_VIOLATIONS: Final = 1',
  },
  {
    row: 'VA2',
    name: 'gives paths in place of pointers',
    file: handlers,
    from: 'found["pointer"] = _pointer(path)',
    to: 'found["pointer"] = ".".join(map(str, path))',
  },
  {
    row: 'VA5',
    name: 'refuses an identifier that can be none as a parameter',
    file: handlers,
    from: 'if "path" in places:\n        return Problem("not-found")',
    to: 'if "path" in places:\n        return Problem("invalid-parameter")',
  },
  {
    row: 'ME1',
    name: 'leaves HEAD out of Allow',
    file: handlers,
    from: '*(["HEAD"] if "GET" in methods else []), ',
    to: '',
  },
  {
    row: 'BL1',
    name: 'takes bodies of any size',
    file: requestLog,
    from: 'context.body_limit = config.BODY_LIMIT_BYTES',
    to: 'context.body_limit = 10**9',
    also: ['BL4'],
  },
  {
    row: 'BL1',
    name: 'does not count the bytes of chunked bodies',
    file: requestLimits,
    from: 'taken += len(message.get("body", b""))',
    to: 'pass',
    also: ['BL4'],
  },
  {
    row: 'BL3',
    name: 'validates a body of any depth',
    file: json,
    from: '_DEEPEST = 32',
    to: '_DEEPEST = 10**6',
  },
  {
    row: 'PG5',
    name: 'gives no link to the next page',
    file: responses,
    from: 'if next_cursor is not None:',
    to: 'if False:',
  },
  {
    row: 'ET1',
    name: 'makes weak tags',
    file: responses,
    from: `return f'"{version}"'`,
    to: `return f'W/"{version}"'`,
    also: ['ET2'],
  },
  planted('downloaded-again', 'compares tags strongly with If-None-Match'),
  {
    row: 'ET3',
    name: 'takes a weak tag of If-Match',
    file: conditional,
    from: 'return _versions(_TAG.findall(if_match))',
    to: 'return _versions(tag.removeprefix("W/") for tag in _TAG.findall(if_match))',
  },
  {
    row: 'ET4',
    name: 'takes * of If-None-Match for no condition',
    file: conditional,
    from: 'return ChangeCondition(allowed, None)',
    to: 'return ChangeCondition(allowed, [])',
  },
  planted('private-answers', 'lets shared caches keep what a caller sees who is signed in'),
  {
    row: 'CC1',
    name: 'lets caches keep errors',
    file: handlers,
    from: 'headers = {"cache-control": "no-store", **problem.headers}',
    to: 'headers = {**problem.headers}',
  },
  {
    row: 'CC4',
    name: 'does not vary with Authorization',
    file: responses,
    from: '("accept", *CREDENTIAL_HEADERS)',
    to: '("accept",)',
  },
  {
    row: 'AU1',
    name: 'gives no challenge with 401',
    file: dependencies,
    from: 'Problem("unauthenticated", headers={"www-authenticate": "Bearer"})',
    to: 'Problem("unauthenticated")',
  },
  {
    row: 'AU3',
    name: 'lets readers write',
    file: dependencies,
    from: 'if self.role not in roles and "admin" not in roles:',
    to: 'if self.role not in (*roles, "editor") and "admin" not in roles:',
    also: ['AU9'],
  },
  {
    row: 'RL1',
    name: 'does not limit callers without a token',
    file: 'app/http/rate_limit.py',
    from: '            await limit_address(services, policy, context)\n',
    to: '',
    also: ['RL2'],
  },
  planted('restart-storm', 'is dead while a dependency is down'),
  {
    row: 'GS1',
    name: 'keeps connections open while it drains',
    file: requestLog,
    from: 'context.response_headers["connection"] = "close"',
    to: 'pass',
  },
  planted('exploding-metrics', 'measures the path in place of the route', ['LG1']),
  {
    row: 'LG1',
    name: 'logs no duration',
    file: requestLog,
    from: '            durationMs=round(seconds * 1000, 3),\n',
    to: '',
  },
];
