import type { Platform } from './errors/service-error.js';
import { checkOption, either, RULES, type OptionRules } from './retry/check-options.js';
import { OPERATION_RULES, type RetryPolicy } from './retry/policy.js';
import { RetryCall } from './retry/retry-call.js';
import type { Recover } from './retry/retry-driver.js';
import type { OperationOptions } from './retry/retry-options.js';
import { ambientRuntime, type RetryRuntime } from './retry/retry-runtime.js';

/**
 * Options of `@Retryable`. Callbacks are called with the instance as `this`.
 *
 * @publicApi
 */
export interface RetryableOptions<
  Args extends readonly unknown[] = never,
  SignalArgs extends readonly unknown[] = Args,
  RecoverArgs extends readonly unknown[] = Args,
> extends OperationOptions {
  /** Whose API is called, or a function of the arguments that says so. Default: none. */
  platform?: Platform | ((...args: Args) => Platform | undefined) | undefined;
  /** Cancels attempt and wait: the call rejects with `signal.reason`. Default: none. */
  signal?: ((...args: SignalArgs) => AbortSignal | undefined) | undefined;
  /**
   * A method's name, or a function: its result replaces the final error. Not asked where the call
   * was cancelled. The failure is still logged. Default: none.
   */
  recover?: string | ((error: unknown, ...args: RecoverArgs) => unknown) | undefined;
}

export const RETRYABLE_RULES = {
  ...OPERATION_RULES,
  platform: either(RULES.text, RULES.function),
  signal: RULES.function,
  recover: either({ ...RULES.text, allowed: 'the name of a method' }, RULES.function),
} as const satisfies OptionRules<keyof RetryableOptions>;

type AnyFunction = (...args: unknown[]) => unknown;
type Layer = RetryableOptions<unknown[]>;

/** Under this key a decorated function carries its definition, or false for `@Retryable(false)`. */
export const DEFINITION = Symbol.for('nestjs-retryable:definition');

/** What is known of one decorated method, whoever calls it. */
export class RetryableDefinition {
  private ofClass: Layer | undefined = undefined;
  private readonly policies = new WeakMap<RetryRuntime, Map<Platform | undefined, RetryPolicy>>();
  // Nearly every method belongs to one application and one platform: both are at hand.
  private lastRuntime: RetryRuntime | undefined = undefined;
  private lastPlatform: Platform | undefined = undefined;
  private lastPolicy: RetryPolicy | undefined = undefined;
  /** An interceptor has run the method, so that a call of it may be that one's. */
  isIntercepted = false;
  private hasWarned = false;
  private readonly where: string;
  private platform: Layer['platform'];
  private signal: Layer['signal'];
  private recover: Layer['recover'];

  constructor(
    /** `ClassName.methodName`. */
    readonly name: string,
    private readonly ofMethod: Layer,
  ) {
    this.where = `in @Retryable on ${name}`;
    ({ platform: this.platform, signal: this.signal, recover: this.recover } = ofMethod);
  }

  /** Adds what the class says; the method's own options win. */
  addClassOptions(ofClass: Layer): void {
    this.ofClass = ofClass;
    this.platform ??= ofClass.platform;
    this.signal ??= ofClass.signal;
    this.recover ??= ofClass.recover;
  }

  /** The method or function that recovers, as it was given. */
  get recoverOption(): Layer['recover'] {
    return this.recover;
  }

  /**
   * The runtime of a call that Nest did not give one.
   *
   * @param who the one that is not Nest's
   */
  ambientRuntime(who: string): RetryRuntime {
    return ambientRuntime(() => {
      if (this.hasWarned) return;
      this.hasWarned = true;
      process.emitWarning(
        `${who} was not created by Nest and several applications are alive: it runs with the default retry options.`,
        { code: 'NESTJS_RETRYABLE_AMBIGUOUS' },
      );
    });
  }

  /** Opens a call with these arguments. */
  open(runtime: RetryRuntime, self: unknown, args: unknown[]): RetryCall {
    return new RetryCall(
      this.policyFor(runtime, this.platformOf(self, args)),
      runtime,
      this.signalOf(self, args),
      this.recover === undefined ? undefined : this.recoverWith(self, args),
      self,
    );
  }

  /** Opens a call whose arguments are known only when the handler is entered: see {@link enter}. */
  openHandler(runtime: RetryRuntime): RetryCall {
    this.isIntercepted = true;
    const platform = typeof this.platform === 'function' ? undefined : this.platform;
    return new RetryCall(this.policyFor(runtime, platform), runtime);
  }

  /** The handler is entered: what depends on its arguments is settled now. */
  enter(call: RetryCall, self: unknown, args: unknown[]): void {
    call.self = self;
    if (typeof this.platform === 'function') {
      call.applyPolicy(this.policyFor(call.runtime, this.platformOf(self, args)));
    }
    call.listenTo(this.signalOf(self, args));
    if (this.recover !== undefined) call.recover = this.recoverWith(self, args);
  }

  policyFor(runtime: RetryRuntime, platform: Platform | undefined): RetryPolicy {
    return runtime === this.lastRuntime && platform === this.lastPlatform
      ? (this.lastPolicy as RetryPolicy)
      : this.findPolicy(runtime, platform);
  }

  private findPolicy(runtime: RetryRuntime, platform: Platform | undefined): RetryPolicy {
    let policies = this.policies.get(runtime);
    if (policies === undefined) this.policies.set(runtime, (policies = new Map()));
    let policy = policies.get(platform);
    if (policy === undefined) {
      policy = runtime.policyFor({ context: this.name, platform }, this.ofClass, this.ofMethod);
      if (policies.size < MAX_PLATFORMS) policies.set(platform, policy);
    }
    this.lastRuntime = runtime;
    this.lastPlatform = platform;
    return (this.lastPolicy = policy);
  }

  private platformOf(self: unknown, args: unknown[]): Platform | undefined {
    if (typeof this.platform !== 'function') return this.platform;
    const platform = this.platform.apply(self, args);
    checkOption('platform', platform, RULES.text, this.where);
    return platform;
  }

  private signalOf(self: unknown, args: unknown[]): AbortSignal | undefined {
    if (this.signal === undefined) return undefined;
    const signal = this.signal.apply(self, args);
    checkOption('signal', signal, RULES.signal, this.where);
    return signal;
  }

  private recoverWith(self: unknown, args: unknown[]): Recover {
    const { recover } = this;
    return (error) =>
      typeof recover === 'string'
        ? (self as Record<string, AnyFunction>)[recover]?.(error, ...args)
        : recover?.call(self, error, ...args);
  }
}

/** A function of the arguments may return any text: that many are remembered. */
const MAX_PLATFORMS = 100;

/** The definition that a handler carries, false where it was taken out, undefined where it has none. */
export function definitionOf(handler: object): RetryableDefinition | false | undefined {
  return Reflect.getMetadata(DEFINITION, handler) as RetryableDefinition | false | undefined;
}
