import type { ErrorType } from './errors/error-types.js';
import { checkRepairHasKey, type MethodOptions, type ParkOptions } from './method-options.js';
import type { Attempt } from './retry/attempt.js';
import type { CallHooks, ParkedAs } from './retry/call-hooks.js';
import { checkOption, requireOption, RULES } from './retry/check-options.js';

type AnyFunction = (...args: unknown[]) => unknown;

/** What the options of a method say of one call of it. */
export class MethodHooks implements CallHooks {
  readonly key: string | undefined;
  readonly recover: CallHooks['recover'];
  readonly reconcile: CallHooks['reconcile'];
  readonly park: CallHooks['park'];

  /** @throws what `key` throws, or TypeError where it gives no text */
  constructor(
    private readonly options: MethodOptions,
    private readonly where: string,
    private readonly self: unknown,
    private readonly args: readonly unknown[],
  ) {
    const { key, recover, reconcile, park } = options;
    checkRepairHasKey(options, where);
    if (key !== undefined) {
      this.key = key.apply(self, [...args]);
      requireOption('key', this.key, RULES.text, where);
    }
    if (recover !== undefined) this.recover = (error) => this.call(recover, error);
    if (reconcile !== undefined) {
      this.reconcile = (error, attempt) => this.call(reconcile, error, attempt);
    }
    if (park !== undefined) this.park = new ParkedMethod(park, self, args);
  }

  idempotencyKey(): string | undefined {
    const key = this.options.idempotencyKey?.apply(this.self, [...this.args]);
    checkOption('idempotencyKey', key, RULES.text, this.where);
    return key;
  }

  repairOf(type: ErrorType): ((error: unknown) => unknown) | undefined {
    const { repair = {} } = this.options;
    const method = Object.hasOwn(repair, type) ? repair[type] : undefined;
    return method === undefined ? undefined : (error) => this.call(method, error);
  }

  private call(
    method:
      string | ((error: unknown, attempt: Attempt, ...args: unknown[]) => unknown) | AnyFunction,
    ...first: unknown[]
  ): unknown {
    const { self, args } = this;
    return typeof method === 'string'
      ? (self as Record<string, AnyFunction>)[method]?.(...first, ...args)
      : (method as AnyFunction).call(self, ...first, ...args);
  }
}

/** One call of a method that can be parked. */
class ParkedMethod implements ParkedAs {
  constructor(
    private readonly options: ParkOptions<unknown[]>,
    private readonly self: unknown,
    private readonly args: readonly unknown[],
  ) {}

  get name(): string {
    return this.options.name;
  }

  serialize(): unknown {
    const { serialize } = this.options;
    const args = [...this.args];
    if (serialize !== undefined) return serialize.call(this.self, args);
    // JSON has no way to say that an argument was left out, except at the end.
    return args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1);
  }
}
