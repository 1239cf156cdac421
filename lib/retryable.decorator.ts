import 'reflect-metadata';
import { Inject, Optional, UseInterceptors } from '@nestjs/common';
import type { Observable } from 'rxjs';
import {
  checkedMethodOptions,
  namedMethods,
  type MethodOptions,
  type RetryableOptions,
} from './method-options.js';
import { retried, type Method } from './retried-method.js';
import { DEFINITION, definitionOf, RetryableDefinition } from './retryable.definition.js';
import { RetryInterceptor } from './retry.interceptor.js';
import { RUNTIME } from './retryable.tokens.js';

type AsyncResult = PromiseLike<unknown> | Observable<unknown> | AsyncIterable<unknown>;
// oxlint-disable-next-line typescript/no-explicit-any -- generic methods fit no other parameter list
type AsyncMethod = (...args: any[]) => AsyncResult;

/** The method, where a callback takes a prefix of its parameters. */
type Fitting<M extends AsyncMethod, Args extends readonly unknown[]> = [Args] extends [never]
  ? M
  : ((...args: Args) => void) extends (...args: Parameters<M>) => void
    ? M
    : never;

/** The method, where it can be called with these arguments. */
type Taking<M extends AsyncMethod, Args extends readonly unknown[]> = [Args] extends [never]
  ? M
  : number extends Args['length']
    ? M // a list of whatever
    : Args extends Parameters<M>
      ? M
      : never;

/** @publicApi */
export interface RetryableMethodDecorator<
  Args extends readonly unknown[],
  SignalArgs extends readonly unknown[] = Args,
  RecoverArgs extends readonly unknown[] = Args,
  KeyArgs extends readonly unknown[] = Args,
  IdempotencyKeyArgs extends readonly unknown[] = Args,
  ReconcileArgs extends readonly unknown[] = Args,
  RepairArgs extends readonly unknown[] = Args,
  MethodName extends string = never,
  ParkArgs extends readonly unknown[] = never,
> {
  <M extends AsyncMethod>(
    target: Named<MethodName>,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<
      Fitting<M, Args> &
        Fitting<M, SignalArgs> &
        Fitting<M, RecoverArgs> &
        Fitting<M, KeyArgs> &
        Fitting<M, IdempotencyKeyArgs> &
        Fitting<M, ReconcileArgs> &
        Fitting<M, RepairArgs> &
        Taking<M, ParkArgs>
    > &
      TypedPropertyDescriptor<M>,
  ): void;
  (target: { readonly prototype: Named<MethodName> }): void;
}

/** What has public methods of these names, where they are known. */
type Named<MethodName extends string> = string extends MethodName
  ? object
  : // oxlint-disable-next-line typescript/no-explicit-any -- methods with any parameters
    Readonly<Record<MethodName, (...args: any[]) => unknown>>;

const LIFECYCLE_HOOKS: ReadonlySet<string> = new Set([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/**
 * Runs a method under a retry policy: a limit for each attempt, backoff, and an error of a known
 * kind at the end. The method returns a Promise, an Observable or an AsyncIterable, and still does.
 *
 * On a class it applies to the class's own methods except accessors, lifecycle hooks, methods
 * named in `recover`, `reconcile` or `repair`, and those with `@Retryable(false)`; a method's own
 * options win.
 *
 * @throws TypeError at decoration, where an option is not allowed
 * @example
 * class MetaAdapter {
 *   \@Retryable({ context: 'create_campaign', platform: 'meta' })
 *   async createCampaign(params: CreateCampaign): Promise<Campaign> { … }
 * }
 * @publicApi
 */
export function Retryable(disabled: false): MethodDecorator;
// Each callback may take another number of the method's parameters.
export function Retryable<
  Args extends readonly unknown[] = never,
  SignalArgs extends readonly unknown[] = Args,
  RecoverArgs extends readonly unknown[] = Args,
  KeyArgs extends readonly unknown[] = Args,
  IdempotencyKeyArgs extends readonly unknown[] = Args,
  ReconcileArgs extends readonly unknown[] = Args,
  RepairArgs extends readonly unknown[] = Args,
  MethodName extends string = never,
  // oxlint-disable-next-line typescript/no-explicit-any -- what no callback says anything of
  ParkArgs extends readonly unknown[] = any[],
>(
  options?: RetryableOptions<
    Args,
    SignalArgs,
    RecoverArgs,
    KeyArgs,
    IdempotencyKeyArgs,
    ReconcileArgs,
    RepairArgs,
    MethodName,
    ParkArgs
  >,
): RetryableMethodDecorator<
  Args,
  SignalArgs,
  RecoverArgs,
  KeyArgs,
  IdempotencyKeyArgs,
  ReconcileArgs,
  RepairArgs,
  NoInfer<MethodName>,
  ParkArgs
>;
export function Retryable(
  options: MethodOptions | false = {},
  ...misplaced: unknown[]
): MethodDecorator & ClassDecorator {
  if (typeof options === 'function' || misplaced.length > 0) {
    throw new TypeError(
      'Expected the options to be an object, got a class or a method: @Retryable is called, as in `@Retryable()`.',
    );
  }
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (key === undefined) {
      decorateClass(target as ClassTarget, options);
    } else {
      decorateMethod(target, key, descriptor, options);
    }
  };
}

type ClassTarget = { readonly name: string; readonly prototype: object };

function decorateMethod(
  target: object,
  key: string | symbol,
  descriptor: PropertyDescriptor | undefined,
  options: MethodOptions | false,
): void {
  const owner = typeof target === 'function' ? target : target.constructor;
  const name = `${owner.name}.${String(key)}`;
  if (typeof descriptor?.value !== 'function') {
    throw new TypeError(`Expected @Retryable to stand on a method or a class (on ${name}).`);
  }
  if (options === false) {
    Reflect.defineMetadata(DEFINITION, false, descriptor.value as object);
    return;
  }
  if (definitionOf(descriptor.value as object)) {
    throw new TypeError(
      `Expected one @Retryable on a method, got two: their retries would multiply (on ${name}).`,
    );
  }
  const definition = new RetryableDefinition(name, checkedMethodOptions(target, name, options));
  descriptor.value = retried(target, key, descriptor.value as Method, definition);
  attach(target, key, descriptor);
}

function decorateClass(target: ClassTarget, options: MethodOptions | false): void {
  const { prototype } = target;
  if (options === false) {
    throw new TypeError(`Expected @Retryable(false) to stand on a method (on ${target.name}).`);
  }
  if (options.park !== undefined) {
    throw new TypeError(
      `Expected \`park\` to stand on a method, got it on a class: each parked call has the name of one (in @Retryable on ${target.name}).`,
    );
  }
  const ofClass = checkedMethodOptions(prototype, target.name, options);
  const descriptors = Object.getOwnPropertyDescriptors(prototype) as Record<
    string | symbol,
    PropertyDescriptor
  >;
  const named = new Set<unknown>(namedMethods(ofClass));
  for (const key of Reflect.ownKeys(descriptors)) {
    const method: unknown = descriptors[key]?.value;
    const definition = typeof method === 'function' ? definitionOf(method) : undefined;
    for (const other of definition ? definition.namedMethods : []) named.add(other);
  }
  for (const key of Reflect.ownKeys(descriptors)) {
    const descriptor = descriptors[key];
    if (key === 'constructor' || typeof descriptor?.value !== 'function') continue;
    if (LIFECYCLE_HOOKS.has(String(key)) || named.has(key)) continue;
    const existing = definitionOf(descriptor.value as object);
    if (existing === false) continue;
    if (existing !== undefined) {
      existing.addClassOptions(ofClass);
      continue;
    }
    const definition = new RetryableDefinition(`${target.name}.${String(key)}`, {});
    definition.addClassOptions(ofClass);
    descriptor.value = retried(prototype, key, descriptor.value as Method, definition, true);
    attach(prototype, key, descriptor);
    Object.defineProperty(prototype, key, descriptor);
  }
}

/** Has Nest give the instances their runtime, and route handlers their interceptor. */
function attach(target: object, key: string | symbol, descriptor: PropertyDescriptor): void {
  if (typeof target === 'function') return; // a static method
  injectRuntime(target);
  UseInterceptors(RetryInterceptor)(target, key, descriptor);
}

// Nest sets the property on every instance it builds, also on request-scoped and transient ones.
function injectRuntime(prototype: object): void {
  if (Object.hasOwn(prototype, RUNTIME)) return;
  Object.defineProperty(prototype, RUNTIME, { value: undefined, writable: true });
  Inject(RUNTIME)(prototype, RUNTIME);
  Optional()(prototype, RUNTIME);
}
