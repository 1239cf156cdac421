import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import type { Platform } from './errors/service-error.js';
import { given } from './error-options.js';
import { MethodHooks } from './method-hooks.js';
import { checkRepairHasKey, namedMethods, type MethodOptions } from './method-options.js';
import { checkOption, RULES } from './retry/check-options.js';
import type { RetryPolicy } from './retry/policy.js';
import { RetryCall } from './retry/retry-call.js';
import { ambientRuntime, type RetryRuntime } from './retry/retry-runtime.js';

type Layer = MethodOptions;

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
  /** The decorated function, with the metadata of all decorators. */
  method: object | undefined = undefined;
  private hasWarned = false;
  private readonly where: string;
  private platform: Layer['platform'];
  private signal: Layer['signal'];
  /** What depends on the single call; undefined where nothing of it is said. */
  private hooks: Layer | undefined;

  constructor(
    /** `ClassName.methodName`. */
    readonly name: string,
    private readonly ofMethod: Layer,
  ) {
    this.where = `in @Retryable on ${name}`;
    ({ platform: this.platform, signal: this.signal } = ofMethod);
    this.hooks = hooksOf(ofMethod);
  }

  /** Adds what the class says; the method's own options win. */
  addClassOptions(ofClass: Layer): void {
    this.ofClass = ofClass;
    this.platform ??= ofClass.platform;
    this.signal ??= ofClass.signal;
    this.hooks = hooksOf(ofClass, this.ofMethod);
  }

  /** What the class and the method say together, before an application adds what it says. */
  get options(): MethodOptions {
    return { ...given({ ...this.ofClass }), ...given({ ...this.ofMethod }) };
  }

  /** It writes, by its name or its route, and does not say itself whether that may be repeated. */
  get isUndeclaredWrite(): boolean {
    if (this.hooks?.reconcile !== undefined) return false;
    return WRITES.test(this.name) || isWritingRoute(this.method);
  }

  /** @throws TypeError where what the class and the method say together makes no sense */
  check(): void {
    if (this.hooks !== undefined) checkRepairHasKey(this.hooks, this.where);
  }

  /** How its calls are parked; undefined where they are not. */
  get park(): MethodOptions['park'] {
    return this.ofMethod.park;
  }

  /** The methods that its options name. */
  get namedMethods(): unknown[] {
    return namedMethods(this.ofMethod);
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
      this.hooks === undefined ? undefined : new MethodHooks(this.hooks, this.where, self, args),
      self,
    );
  }

  /** Opens a call whose arguments are known only when the handler is entered: see {@link enter}. */
  openHandler(runtime: RetryRuntime): RetryCall {
    this.isIntercepted = true;
    return new RetryCall(this.knownPolicy(runtime), runtime);
  }

  /** The handler is entered: what depends on its arguments is settled now. */
  enter(call: RetryCall, self: unknown, args: unknown[]): void {
    call.self = self;
    if (typeof this.platform === 'function') {
      call.applyPolicy(this.policyFor(call.runtime, this.platformOf(self, args)));
    }
    call.listenTo(this.signalOf(self, args));
    if (this.hooks !== undefined) {
      call.hookUp(new MethodHooks(this.hooks, this.where, self, args));
    }
  }

  /** The policy before a call: of a platform that depends on the arguments nothing is known yet. */
  knownPolicy(runtime: RetryRuntime): RetryPolicy {
    const platform = typeof this.platform === 'function' ? undefined : this.platform;
    return this.policyFor(runtime, platform);
  }

  private policyFor(runtime: RetryRuntime, platform: Platform | undefined): RetryPolicy {
    return runtime === this.lastRuntime && platform === this.lastPlatform
      ? (this.lastPolicy as RetryPolicy)
      : this.findPolicy(runtime, platform);
  }

  private findPolicy(runtime: RetryRuntime, platform: Platform | undefined): RetryPolicy {
    let policies = this.policies.get(runtime);
    if (policies === undefined) this.policies.set(runtime, (policies = new Map()));
    let policy = policies.get(platform);
    if (policy === undefined) {
      policy = this.mergedPolicy(runtime, platform);
      if (policies.size < MAX_PLATFORMS) policies.set(platform, policy);
    }
    this.lastRuntime = runtime;
    this.lastPlatform = platform;
    return (this.lastPolicy = policy);
  }

  private mergedPolicy(runtime: RetryRuntime, platform: Platform | undefined): RetryPolicy {
    const identity = { context: this.name, platform };
    const layers = [this.ofClass, this.ofMethod] as const;
    const policy = runtime.policyFor(identity, ...layers);
    const isSaid = policy.idempotent !== undefined || !this.isUndeclaredWrite;
    if (isSaid || runtime.undeclaredWrites !== 'safe') return policy;
    return runtime.policyFor(identity, ...layers, { idempotent: false });
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
}

const WRITES =
  /\.(?:create|add|insert|post|publish|launch|duplicate|charge|deduct|pay|send)(?![a-z])[^.]*$/;

function isWritingRoute(method: object | undefined): boolean {
  if (method === undefined) return false;
  const verb: unknown = Reflect.getMetadata(METHOD_METADATA, method);
  return verb === RequestMethod.POST || verb === RequestMethod.PATCH;
}

const HOOKS = ['recover', 'key', 'idempotencyKey', 'reconcile', 'repair', 'park'] as const;

/** Of several layers what depends on the single call; the later wins. */
function hooksOf(...layers: readonly Layer[]): Layer | undefined {
  const hooks: Record<string, unknown> = {};
  for (const name of HOOKS) {
    for (const layer of layers) if (layer[name] !== undefined) hooks[name] = layer[name];
  }
  return Object.keys(hooks).length === 0 ? undefined : hooks;
}

/** A function of the arguments may return any text: that many are remembered. */
const MAX_PLATFORMS = 100;

/** The definition that a handler carries, false where it was taken out, undefined where it has none. */
export function definitionOf(handler: object): RetryableDefinition | false | undefined {
  return Reflect.getMetadata(DEFINITION, handler) as RetryableDefinition | false | undefined;
}

const implicitDefinitions = new WeakMap<object, RetryableDefinition>();

/** The definition of a handler that is not decorated itself: the module's policy and its own name. */
export function implicitDefinition(
  controller: { readonly name: string },
  handler: { readonly name: string },
): RetryableDefinition {
  let definition = implicitDefinitions.get(handler);
  if (definition === undefined) {
    definition = new RetryableDefinition(`${controller.name}.${handler.name}`, {});
    definition.method = handler;
    implicitDefinitions.set(handler, definition);
  }
  return definition;
}
