import type { Express, IRoute, Request, Response } from 'express';
import { limit } from './http/admission.js';
import type { Answer } from './http/answer.js';
import type { Document } from './http/docs.js';
import { deprecationHeaders } from './http/headers.js';
import { allowedMethods, methodNotAllowed, optionsAnswer, routerPath } from './http/routing.js';
import { ServedOperations } from './http/served-operations.js';
import type { Policy } from './limits/bucket.js';
import { admission, validation } from './middleware/admission.js';
import { send } from './middleware/answer.js';
import { readBody } from './middleware/body.js';
import { begin } from './middleware/exchange.js';
import type { Platform } from './platform.js';
import { performWrite, type UnitOfWork, writeRequest } from './writes.js';

type Handler = (request: Request, response: Response) => Promise<Answer | object | undefined>;
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** What routes are registered on: the operations of openapi.yaml. */
export class Api {
  readonly #served: ServedOperations;
  readonly #routes: ReadonlyMap<string, IRoute>;

  constructor(
    private readonly app: Express,
    readonly platform: Platform,
  ) {
    const { contract } = platform;
    this.#served = new ServedOperations(contract);
    // The first route that matches is taken: as a brace sorts behind letters, /search comes before /{id}.
    const paths = [...contract.paths.keys()].sort();
    this.#routes = new Map(paths.map((path) => [path, app.route(routerPath(path))]));
  }

  /**
   * Serves an operation of openapi.yaml: method, path, validation, rate limit and roles are taken from there. The
   * handler returns an Answer, or an object that is sent as JSON.
   */
  operation(operationId: string, handler: Handler): void {
    const operation = this.#served.add(operationId);
    const method = operation.method.toLowerCase() as Method;
    const route = this.#routes.get(operation.path)!;
    route[method](
      begin(this.platform, operation.path, operation.rateLimit === 'none'),
      admission(this.platform, operation),
      ...(method === 'get' ? [] : [readBody(this.platform, operation)]),
      validation(this.platform, operation),
      async (request: Request, response: Response) => {
        const answer = await handler(request, response);
        if (operation.deprecated) response.set(deprecationHeaders(operation.deprecated));
        send(this.platform, request, response, answer);
      },
    );
  }

  /** Takes from a further rate limit; throws Problem `rate-limited`. */
  limit(request: Request, policy: Policy, key: string): Promise<void> | undefined {
    return limit(this.platform, policy, key, request.context);
  }

  /** Runs a write in one transaction, once for each Idempotency-Key. */
  write(request: Request, work: (unit: UnitOfWork) => Promise<Answer>): Promise<Answer> {
    return performWrite(this.platform, writeRequest(request), request.context, work);
  }

  /** Serves something that is the same for every request, and is no operation of the contract. */
  document(path: string, document: Document): void {
    const route = this.app.route(path);
    route.get(begin(this.platform, path, true), (request, response) =>
      send(this.platform, request, response, document(request.headers)),
    );
    this.#otherMethods(route, path, ['GET']);
  }

  /**
   * Answers what is left on the paths of the contract: OPTIONS, and 405 to methods that it does not have there.
   * @throws Error when an operation of openapi.yaml has no handler
   */
  complete(): void {
    this.#served.assertComplete();
    for (const [path, route] of this.#routes) {
      this.#otherMethods(route, path, this.platform.contract.paths.get(path) ?? []);
    }
  }

  #otherMethods(route: IRoute, template: string, described: readonly string[]): void {
    const allow = allowedMethods(described).join(', ');
    route.all(begin(this.platform, template, false), (request, response) => {
      if (request.method !== 'OPTIONS') throw methodNotAllowed(allow);
      send(
        this.platform,
        request,
        response,
        optionsAnswer(allow, request.headers.origin, this.platform.config),
      );
    });
  }
}
