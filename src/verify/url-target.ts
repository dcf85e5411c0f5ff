import { UserError } from '../cli/errors.js';
import type { Need } from './checks/row.js';
import { signsIn } from './checks/shared/accounts.js';
import { Contract } from './contract/contract.js';
import { credentialsOf, credentialVariables, hasCredentials } from './credentials.js';
import { readMethods } from './http/exchange.js';
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
  ) {
    const made = new Tokens(newSigningKey(), name, name);
    const callers = { signsTokens: false, authorization: () => credentials, forge: made.forge.bind(made) };
    const url = `${new URL(name).origin}${contract.basePath}`;
    this.#session = new Session(url, contract, callers, undefined, allowed.write);
  }

  /**
   * @param options `write` allows changes, `load` allows load, `openapi` is the URL or file of the document
   * @throws UserError when there is no document
   */
  static async open(
    url: string,
    { write, load, openapi }: { write: boolean; load: boolean; openapi: string | undefined },
  ): Promise<UrlTarget> {
    const base = url.replace(/\/+$/, '');
    const roots = [...new Set([base, new URL(base).origin])];
    const usual = usualPlaces.flatMap((place) => roots.map((root) => `${root}${place}`));
    const places = openapi ? [openapi] : [...(await linkedDocuments(base)), ...usual];
    const tried = new Map<string, string[]>();
    for (const place of places) {
      let contract: Contract;
      try {
        contract = await Contract.at(place, base);
      } catch (error) {
        const { message, cause } = error as Error & { cause?: Error };
        const reason = cause?.message || message;
        tried.set(reason, [...(tried.get(reason) ?? []), place]);
        continue;
      }
      const file = isUrl(place) ? undefined : place;
      const credentials = await credentialsOf(process.env);
      return new UrlTarget(base, contract, { write, load }, file, credentials);
    }
    throw new UserError(
      [
        {
          given: url,
          possible: `publishes no OpenAPI 3 document (${[...tried].map(([reason, at]) => `${reason}: ${at.join(', ')}`).join('; ')}); say where it is with --openapi`,
          command: `create-scalable-api verify ${base} --openapi ${base}/docs/openapi.json`,
        },
      ],
      1,
    );
  }

  lacks(need: Need): string | undefined {
    const closed = this.contract.operations.filter((operation) => operation.closed);
    const readOnly = !this.allowed.write && 'changing data was not allowed with --write';
    const running =
      'not possible for a running deployment: its processes, settings and dependencies stay untouched';
    const reasons: Record<Need, string | false> = {
      started: running,
      instances: running,
      database: running,
      store: running,
      failover: running,
      jobs: running,
      dependency: running,
      management: running,
      logs: running,
      accounts: !hasCredentials(process.env) && noCredentials,
      signIn: !signsIn(this.contract) && 'the API has no accounts that sign in with a password',
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
    return reasons[need] || undefined;
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
