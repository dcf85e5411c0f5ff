import { UserError } from '../cli/errors.js';
import type { Need } from './checks/row.js';
import { confirmsByMail, signsIn } from './checks/shared/accounts.js';
import type { Failures } from './cluster/api.js';
import { Contract, type Naming } from './contract/contract.js';
import { undescribed } from './contract/described.js';
import { credentialsOf, credentialVariables, hasCredentials, NoCredentials } from './credentials.js';
import { readMethods } from './http/exchange.js';
import { handshake } from './http/handshake.js';
import { newSigningKey, Tokens } from './http/tokens.js';
import { isUrl } from './http/url.js';
import { deprecates, noneClosed, noneDeprecated, Session } from './session.js';
import type { Station, Target } from './target.js';

const noCredentials = `no credentials were given (${credentialVariables.join(', ')})`;
/** For a page of the API, in milliseconds. */
const patience = 10_000;
/** Below the URL, and at its origin. */
const usualPlaces = [
  '/openapi.yaml',
  '/openapi.json',
  '/openapi.yml',
  '/swagger.json',
  '/v3/api-docs',
  '/api/v1/openapi.json',
  '/swagger/openapi.json',
  '/swagger/v1/swagger.json',
  '/docs/openapi.json',
  '/api-docs/openapi.json',
  '/api-docs',
];

const nothingDescribed = '{"openapi":"3.1.0","paths":{}}';

/** Any running API that publishes an OpenAPI document. */
export class UrlTarget implements Target {
  readonly stations = 1;
  readonly #session: Session;

  private constructor(
    readonly name: string,
    private readonly contract: Contract,
    private readonly allowed: { write: boolean; load: boolean },
    readonly document: string | undefined,
    credentials: Record<string, string>,
    private readonly failures: Failures,
  ) {
    const made = new Tokens(newSigningKey(), name, name);
    const callers = { signsTokens: false, authorization: () => credentials, forge: made.forge.bind(made) };
    const url = `${new URL(name).origin}${contract.basePath}`;
    this.#session = new Session(url, contract, callers, undefined, allowed.write);
    this.#session.failures = failures;
  }

  /**
   * @param options `write` allows changes, `load` allows load, `openapi` is the URL or file of the document, `naming` what
   *   the owner of the API says of it
   * @throws UserError when there is no document
   */
  static async open(
    url: string,
    {
      write,
      load,
      openapi,
      naming,
    }: { write: boolean; load: boolean; openapi: string | undefined; naming?: Naming | undefined },
  ): Promise<UrlTarget> {
    const base = url.replace(/\/+$/, '');
    const roots = [...new Set([base, new URL(base).origin])];
    const usual = usualPlaces.flatMap((place) => roots.map((root) => `${root}${place}`));
    const places = openapi ? [openapi] : [...(await linkedDocuments(base)), ...usual];
    const tried = new Map<string, string[]>();
    const { credentials, failure } = await signIn();
    for (const place of places) {
      let contract: Contract;
      try {
        contract = await Contract.at(place, base, naming, credentials);
      } catch (error) {
        const { message, cause } = error as Error & { cause?: Error };
        const reason = cause?.message || message;
        tried.set(reason, [...(tried.get(reason) ?? []), place]);
        continue;
      }
      const file = isUrl(place) ? undefined : place;
      return new UrlTarget(base, contract, { write, load }, file, credentials, { signIn: failure });
    }
    const why = [...tried].map(([reason, at]) => `${reason}: ${at.join(', ')}`).join('; ');
    // No document comes over a connection that is not trusted: a row tells it, and the others are not asked.
    const { error } = isSecure(base) ? await handshake(base) : {};
    if (error !== undefined)
      return new UrlTarget(base, new Contract(nothingDescribed), { write, load }, undefined, {}, {});
    // Some of what an API does needs no document.
    if (openapi === undefined && [...tried.keys()].some((reason) => reason.startsWith('status ')))
      return new UrlTarget(
        base,
        new Contract(nothingDescribed),
        { write, load },
        undefined,
        {},
        { document: why },
      );
    throw new UserError(
      [
        {
          given: url,
          possible: `publishes no OpenAPI 3 document (${why}); say where it is with --openapi`,
          command: `create-scalable-api verify ${base} --openapi ${base}/docs/openapi.json`,
        },
      ],
      1,
    );
  }

  get foreign(): boolean {
    return !this.contract.isOwn;
  }

  get mapped(): string[] {
    return this.contract.mapped;
  }

  lacks(need: Need): string | undefined {
    if (this.failures.document !== undefined && !['url', 'outside', 'https'].includes(need))
      return 'no document could be read (OA4)';
    const closed = this.contract.operations.filter((operation) => operation.closed);
    const readOnly = !this.allowed.write && 'changing data was not allowed with --write';
    const running =
      'not possible for a running deployment: its processes, settings and dependencies stay untouched';
    const reasons: Partial<Record<Need, string | false>> = {
      https: !isSecure(this.name) && 'the URL is not https',
      started: running,
      instances: running,
      database: running,
      store: running,
      failover: running,
      jobs: running,
      dependency: running,
      management: running,
      liveness: running,
      checks: running,
      logs: running,
      accounts: !hasCredentials(process.env) && noCredentials,
      signIn:
        (!signsIn(this.contract) && 'the API has no accounts that sign in with a password') ||
        (confirmsByMail(this.contract) && 'accounts are made with a token that is sent by mail'),
      tokens: running,
      issuer: running,
      keys: running,
      resource: this.contract.resources.length === 0 && 'the API has no collection that can be written',
      writing: readOnly || (this.#writesAreClosed() && !hasCredentials(process.env) && noCredentials),
      closed:
        (closed.length === 0 && noneClosed) ||
        (!closed.some(({ method }) => readMethods.includes(method)) && readOnly),
      secured: closed.length === 0 && noneClosed,
      deprecated: !deprecates(this.contract) && noneDeprecated,
      load: !this.allowed.load && 'load was not allowed with --load',
    };
    return reasons[need] || undescribed(this.contract, need);
  }

  leaves(): boolean {
    // What is in front of it is asked with it.
    return false;
  }

  async station(): Promise<Station> {
    // Nothing is done to it that would have to be restored.
    return { session: async () => this.#session, restore: async () => {} };
  }

  async close(): Promise<void> {
    // It was there before.
  }

  #writesAreClosed(): boolean {
    const [first] = this.contract.resources;
    return first !== undefined && this.contract.find('POST', first.path)?.closed === true;
  }
}

/** Headers of a caller, or why the sign-in failed. */
async function signIn(): Promise<{ credentials: Record<string, string>; failure?: string }> {
  try {
    return { credentials: await credentialsOf(process.env) };
  } catch (error) {
    if (!(error instanceof NoCredentials)) throw error;
    return { credentials: {}, failure: error.message };
  }
}

function isSecure(url: string): boolean {
  return new URL(url).protocol === 'https:';
}

/** Documents that the API itself, or its page of documentation, leads to. */
async function linkedDocuments(base: string): Promise<string[]> {
  const pages = [base, `${base}/docs`].map(async (page) => {
    const response = await fetch(page, { signal: AbortSignal.timeout(patience) }).catch(() => undefined);
    // RFC 8631, section 4.1: the description of a service in a form for programs.
    const [, described] =
      /<([^>]+)>\s*;[^,]*\brel="?[^",]*\bservice-desc\b/.exec(response?.headers.get('link') ?? '') ?? [];
    const text = (await response?.text().catch(() => '')) ?? '';
    // As pages of Swagger UI, Redoc, Scalar, RapiDoc and Elements have it.
    const [, shown] =
      /\b(?:url|spec-?url|apiDescriptionUrl|data-url)["']?\s*[:=]\s*["']([^"'\s]+)["']/i.exec(text) ?? [];
    return [described, shown].flatMap((found) =>
      found && URL.canParse(found, page) ? [new URL(found, page).href] : [],
    );
  });
  return [...new Set((await Promise.all(pages)).flat())];
}
