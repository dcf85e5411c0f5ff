import { UserError } from '../cli/errors.js';
import type { Need } from './checks/row.js';
import { signsIn } from './checks/shared/accounts.js';
import { Contract } from './contract/contract.js';
import { readMethods } from './http/exchange.js';
import { keepSecret } from './http/secrets.js';
import { newSigningKey, Tokens } from './http/tokens.js';
import { deprecates, noneClosed, noneDeprecated, Session } from './session.js';
import type { Station, Target } from './target.js';

/** Variable with an access token for a running API: the caller of every request that needs one. */
const tokenVariable = 'VERIFY_TOKEN';
const usualPlaces = ['/openapi.yaml', '/openapi.json', '/openapi.yml', '/swagger.json'];

/** Any running API that publishes an OpenAPI document. */
export class UrlTarget implements Target {
  readonly stations = 1;
  readonly #session: Session;

  private constructor(
    readonly name: string,
    private readonly contract: Contract,
    private readonly allowed: { write: boolean; load: boolean },
  ) {
    const token = process.env[tokenVariable];
    if (token) keepSecret(token, 'TOKEN');
    const header: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    const made = new Tokens(newSigningKey(), name, name);
    const callers = { signsTokens: false, authorization: () => header, forge: made.forge.bind(made) };
    this.#session = new Session(name, contract, callers, undefined, allowed.write);
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
    const places = openapi ? [openapi] : usualPlaces.map((place) => `${base}${place}`);
    const tried: string[] = [];
    for (const place of places) {
      try {
        return new UrlTarget(base, await Contract.at(place), { write, load });
      } catch (error) {
        const { message, cause } = error as Error & { cause?: Error };
        tried.push(`${place}: ${cause?.message || message}`);
      }
    }
    throw new UserError(
      [
        {
          given: url,
          possible: `publishes no OpenAPI 3 document (${tried.join('; ')}); say where it is with --openapi`,
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
      dependency: running,
      management: running,
      logs: running,
      accounts: !process.env[tokenVariable] && `no token was given in ${tokenVariable}`,
      signIn: !signsIn(this.contract) && 'the API has no accounts that sign in with a password',
      tokens: running,
      issuer: running,
      keys: running,
      resource: this.contract.resources.length === 0 && 'the API has no collection that can be written',
      writing:
        readOnly ||
        (this.#writesAreClosed() && !process.env[tokenVariable] && `writes need a token in ${tokenVariable}`),
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
