import type { Contract, Operation } from '../contract.js';

/** Keeps the handlers and the contract in step. */
export class ServedOperations {
  readonly #served = new Set<string>();

  constructor(private readonly contract: Contract) {}

  /**
   * Notes that an operation has a handler.
   * @throws Error when openapi.yaml does not have it
   */
  add(operationId: string): Operation {
    const operation = this.contract.operations.get(operationId);
    if (!operation) throw new Error(`openapi.yaml has no operation "${operationId}"`);
    this.#served.add(operationId);
    return operation;
  }

  /** @throws Error when an operation of openapi.yaml has no handler */
  assertComplete(): void {
    const missing = [...this.contract.operations.keys()].filter((id) => !this.#served.has(id));
    if (missing.length > 0) throw new Error(`operations without a handler: ${missing.join(', ')}`);
  }
}
