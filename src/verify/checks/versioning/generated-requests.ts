import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runProgram } from '../../../disk/subprocess.js';
import type { Api } from '../../cluster/api.js';
import type { Contract, Operation } from '../../contract/contract.js';
import { jsonSchemaOf } from '../../contract/document.js';
import { Mismatch } from '../../http/expectations.js';
import type { Row } from '../row.js';

const program = 'schemathesis';
const timeoutMs = 20 * 60_000;
const examples = 30;
/** A run that sends fewer for each operation has been refused at the door. */
const fewestPerOperation = 10;

/** Accepted: RFC 9110, section 15.5.13: 412 is the answer to a stale If-Match. */
const accepted = ['2xx', '3xx', 401, 403, 404, 409, 412, 429];
/** Refused: a request can be too long, or one too many, before it is wrong (RFC 9110, RFC 6585). */
const refused = [400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422, 429, 431];

/** What no schema says: an idempotency key stands for one request, and cursors are signed by the server. */
const hooks = `
import re
import uuid

import schemathesis

KEY = re.compile(r"[!-~]{1,255}")
CURSOR = re.compile(r"[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+")
TAGS = re.compile(r'\\*|((W/)?"[^"]*"|[ \\t,])+')


@schemathesis.hook
def before_call(context, case, kwargs):
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    for name, value in list((case.headers or {}).items()):
        if name.lower() == "idempotency-key" and KEY.fullmatch(str(value)):
            case.headers[name] = str(uuid.uuid4())
        # With one header at a time, it ignores the pattern of this one.
        if name.lower() == "if-match" and positive and not TAGS.fullmatch(str(value)):
            case.headers[name] = '"1"'
    query = case.query or {}
    if isinstance(query.get("cursor"), str) and CURSOR.fullmatch(query["cursor"]):
        del query["cursor"]
`;

export const generatedRequests: Row = {
  id: 'OA2',
  group: 'versioning',
  title: 'requests that schemathesis derives from the document',
  expected:
    'valid ones are accepted and invalid ones refused, alone and in sequences; every answer is documented, none is a 5xx',
  source: 'Hatfield-Dodds and Dygalo, "Deriving Semantics-Aware Fuzzers from Web API Schemas" (2022)',
  remedy: 'Send the request of the report again, and correct the document or the answer.',
  evidence: [],
  needs: ['writing'],
  quick: false,
  optional: true,
  alone: true,
  async run(api) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'verify-requests-'));
    try {
      await run(api, folder);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function run(api: Api, folder: string): Promise<void> {
  const { contract, origins } = api;
  const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);
  write('hooks.py', hooks);
  write('openapi.yaml', contract.text);
  write('schemathesis.toml', settingsFor(contract));
  const args = ['--no-color', '--config-file', 'schemathesis.toml', 'run', 'openapi.yaml'];
  const bounds = ['--checks', 'all', '--seed', '1', '--max-examples', `${examples}`, '--continue-on-failure'];
  const env = {
    PYTHONPATH: folder,
    SCHEMATHESIS_HOOKS: 'hooks',
    TOKEN: api.authorization('admin').authorization?.replace('Bearer ', '') ?? 'none',
  };
  const { failed, code, all } = await runProgram(
    { file: program, args: [...args, '--url', origins[0]!, ...bounds], cwd: folder, env },
    AbortSignal.timeout(timeoutMs),
  );
  if (code === 'ENOENT')
    throw new Mismatch(`the program ${program} on PATH (pip install ${program})`, 'none');
  const printed = all.join('\n');
  const sent = Number(/(\d+) generated/.exec(printed)?.[1] ?? 0);
  const fewest = fewestPerOperation * contract.operations.length;
  if (failed) throw new Mismatch('no failure', printed);
  if (sent < fewest) throw new Mismatch(`at least ${fewest} requests`, `${sent}\n${printed}`);
}

/** The configuration: what it takes for accepted and for refused, and where the token goes. */
function settingsFor({ operations, schemes }: Contract): string {
  // A password that fits the schema can still be easy to guess.
  const passwords = operations.filter(takesPassword);
  return [
    // Few values of a pattern are valid dates; it gives up on them early.
    'suppress-health-check = ["filter_too_much"]',
    '[checks.positive_data_acceptance]',
    `expected-statuses = ${JSON.stringify(accepted)}`,
    '[checks.negative_data_rejection]',
    `expected-statuses = ${JSON.stringify(refused)}`,
    ...passwords.flatMap(({ method, path }) => [
      '[[operations]]',
      `include-name = ${JSON.stringify(`${method} ${path}`)}`,
      `checks.positive_data_acceptance.expected-statuses = ${JSON.stringify([...accepted, 422])}`,
    ]),
    // Not a header of every request: it omits the token to provoke a refusal.
    ...Object.keys(schemes)
      .filter((name) => schemes[name]!.type === 'http' && schemes[name]!.scheme === 'bearer')
      .flatMap((name) => [`[auth.openapi.${JSON.stringify(name)}]`, `bearer = "$\{TOKEN}"`]),
  ].join('\n');
}

function takesPassword({ source }: Operation): boolean {
  const { properties = {} } = jsonSchemaOf(source.requestBody) ?? {};
  return Object.keys(properties).some((name) => /password/i.test(name));
}
