import 'reflect-metadata';
import { Inject, Optional, UseInterceptors } from '@nestjs/common';
import { isObservable, type Observable } from 'rxjs';
import {
  DEFINITION,
  definitionOf,
  RetryableDefinition,
  RETRYABLE_RULES,
  type RetryableOptions,
} from './retryable.definition.js';
import { read } from './errors/safe-read.js';
import { runningAttempt, type RunningAttempt } from './retry/attempt.js';
import { checkOptions } from './retry/check-options.js';
import { RetryCall } from './retry/retry-call.js';
import { ambientRuntime, type RetryRuntime } from './retry/retry-runtime.js';
import { runCall } from './retry/retry-with-backoff.js';
import { iterateCall } from './retry/retry-with-backoff.iterable.js';
import { observeCall } from './retry/retry-with-backoff.operator.js';
import { RetryInterceptor } from './retry.interceptor.js';
import { RUNTIME } from './retryable.tokens.js';

type Method = (...args: unknown[]) => unknown;
type AsyncResult = PromiseLike<unknown> | Observable<unknown> | AsyncIterable<unknown>;
// oxlint-disable-next-line typescript/no-explicit-any -- generic methods fit no other parameter list
type AsyncMethod = (...args: any[]) => AsyncResult;

/** The method, where a callback takes a prefix of its parameters. */
type Fitting<M extends AsyncMethod, Args extends readonly unknown[]> = [Args] extends [never]
  ? M
  : ((...args: Args) => void) extends (...args: Parameters<M>) => void
    ? M
    : never;

/** @publicApi */
export interface RetryableMethodDecorator<
  Args extends readonly unknown[],
  SignalArgs extends readonly unknown[] = Args,
  RecoverArgs extends readonly unknown[] = Args,
> {
  <M extends AsyncMethod>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<
      Fitting<M, Args> & Fitting<M, SignalArgs> & Fitting<M, RecoverArgs>
    > &
      TypedPropertyDescriptor<M>,
  ): void;
  // oxlint-disable-next-line typescript/no-unsafe-function-type -- what a class decorator is given
  (target: Function): void;
}

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
 * named in `recover`, and those with `@Retryable(false)`; a method's own options win.
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
>(
  options?: RetryableOptions<Args, SignalArgs, RecoverArgs>,
): RetryableMethodDecorator<Args, SignalArgs, RecoverArgs>;
export function Retryable(
  options: RetryableOptions | false = {},
): MethodDecorator & ClassDecorator {
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
  options: RetryableOptions | false,
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
  const definition = new RetryableDefinition(name, checked(target, name, options));
  wrap(target, key, descriptor, definition);
}

function decorateClass(target: ClassTarget, options: RetryableOptions | false): void {
  const { prototype } = target;
  if (options === false) {
    throw new TypeError(`Expected @Retryable(false) to stand on a method (on ${target.name}).`);
  }
  const ofClass = checked(prototype, target.name, options);
  const descriptors = Object.getOwnPropertyDescriptors(prototype) as Record<
    string | symbol,
    PropertyDescriptor
  >;
  const recovering = new Set<unknown>([ofClass.recover]);
  for (const key of Reflect.ownKeys(descriptors)) {
    const method: unknown = descriptors[key]?.value;
    const definition = typeof method === 'function' ? definitionOf(method) : undefined;
    if (definition) recovering.add(definition.recoverOption);
  }
  for (const key of Reflect.ownKeys(descriptors)) {
    const descriptor = descriptors[key];
    if (key === 'constructor' || typeof descriptor?.value !== 'function') continue;
    if (LIFECYCLE_HOOKS.has(String(key)) || recovering.has(key)) continue;
    const existing = definitionOf(descriptor.value as object);
    if (existing === false) continue;
    if (existing !== undefined) {
      existing.addClassOptions(ofClass);
      continue;
    }
    const definition = new RetryableDefinition(`${target.name}.${String(key)}`, {});
    definition.addClassOptions(ofClass);
    wrap(prototype, key, descriptor, definition, true);
    Object.defineProperty(prototype, key, descriptor);
  }
}

function checked(target: object, name: string, options: unknown): RetryableOptions<unknown[]> {
  checkOptions(options, RETRYABLE_RULES, `in @Retryable on ${name}`);
  const { recover } = options as RetryableOptions;
  if (typeof recover === 'string' && typeof read(target, recover) !== 'function') {
    throw new TypeError(
      `Expected \`recover\` to be the name of a method, got '${recover}' (in @Retryable on ${name}).`,
    );
  }
  return Object.freeze({ ...(options as RetryableOptions<unknown[]>) });
}

/**
 * Puts the retrying function into the descriptor, in everything else like the original.
 *
 * @param unchecked the method's type was not checked: a class has synchronous methods too
 */
function wrap(
  target: object,
  key: string | symbol,
  descriptor: PropertyDescriptor,
  definition: RetryableDefinition,
  unchecked = false,
): void {
  const original = descriptor.value as Method;
  const isAsync = original instanceof AsyncFunction;
  const returnsObservable = yieldsObservable(Reflect.getMetadata('design:returntype', target, key));
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    const outer = runningAttempt();
    if (outer !== undefined && outer.handler === definition) {
      return enterHandler(outer, definition, original, this, args);
    }
    const runtime = runtimeOf(this, definition);
    return returnsObservable
      ? observeCall(
          () => definition.open(runtime, this, args),
          () => original.apply(this, args) as Observable<unknown>,
        )
      : callByResult(definition, runtime, original, this, args, unchecked && !isAsync);
  };
  Object.defineProperties(wrapper, ownProperties(original));
  for (const metadataKey of Reflect.getMetadataKeys(original) as unknown[]) {
    const value: unknown = Reflect.getMetadata(metadataKey, original);
    Reflect.defineMetadata(metadataKey, value, wrapper);
  }
  Reflect.defineMetadata(DEFINITION, definition, wrapper);
  descriptor.value = wrapper;
  if (typeof target !== 'function') {
    injectRuntime(target);
    UseInterceptors(RetryInterceptor)(target, key, descriptor);
  }
}

// An async function needs no look at what it returns.
const AsyncFunction = (async () => undefined).constructor;

/** What a synchronous method has thrown: neither a failed attempt nor a result. */
class SyncThrow {
  constructor(readonly thrown: unknown) {}
}

/**
 * Calls a method whose first result shows what it returns.
 *
 * @throws what the method throws or why it is not called, where it may be synchronous: a rejection
 * that nobody expects would end the process
 */
function callByResult(
  definition: RetryableDefinition,
  runtime: RetryRuntime,
  original: Method,
  self: unknown,
  args: unknown[],
  mayBeSync: boolean,
): unknown {
  const operation = () => original.apply(self, args);
  let call: RetryCall;
  try {
    call = definition.open(runtime, self, args);
  } catch (thrown) {
    if (mayBeSync) throw thrown;
    return Promise.reject(thrown);
  }
  if (original instanceof AsyncFunction) return runCall(call, operation);
  const cancelledBefore = mayBeSync ? call.cancellation : undefined;
  let other: { readonly result: unknown } | undefined;
  const promise = runCall(
    call,
    mayBeSync
      ? (attempt) => (attempt.number === 1 ? outcomeOf(operation) : operation())
      : operation,
    (result) => (other = { result }),
  );
  if (other === undefined && cancelledBefore === undefined) return promise;
  promise.catch(() => undefined); // cancelled, but nobody was given it
  if (other === undefined) throw cancelledBefore?.reason;
  const { result } = other;
  if (result instanceof SyncThrow) throw result.thrown;
  // The first attempt takes the result that is there, the later ones call the method anew.
  let unused = true;
  const next = () => (unused ? ((unused = false), result) : operation());
  const open = () => definition.open(runtime, self, args);
  if (isObservable(result)) return observeCall(open, () => next() as Observable<unknown>);
  if (isAsyncIterable(result)) return iterateCall(open, () => next() as AsyncIterable<unknown>);
  return result;
}

function outcomeOf(operation: () => unknown): unknown {
  try {
    return operation();
  } catch (thrown) {
    return new SyncThrow(thrown);
  }
}

/** `RetryInterceptor` runs the handler under its policy already: the method itself is called. */
function enterHandler(
  attempt: RunningAttempt,
  definition: RetryableDefinition,
  original: Method,
  self: unknown,
  args: unknown[],
): unknown {
  attempt.handler = undefined;
  if (attempt.owner instanceof RetryCall) definition.enter(attempt.owner, self, args);
  if (attempt.ended) throw attempt.signal.reason; // cancelled by the signal of these very arguments
  return original.apply(self, args);
}

const warned = new WeakSet<RetryableDefinition>();

function runtimeOf(self: unknown, definition: RetryableDefinition): RetryRuntime {
  const injected = (self as { readonly [RUNTIME]?: RetryRuntime } | undefined)?.[RUNTIME];
  if (injected !== undefined) return injected;
  return ambientRuntime(() => {
    if (warned.has(definition)) return;
    warned.add(definition);
    process.emitWarning(
      `${definition.name} was not created by Nest and several applications are alive: it runs with the default retry options.`,
      { code: 'NESTJS_RETRYABLE_AMBIGUOUS' },
    );
  });
}

// Nest sets the property on every instance it builds, also on request-scoped and transient ones.
function injectRuntime(prototype: object): void {
  if (Object.hasOwn(prototype, RUNTIME)) return;
  Object.defineProperty(prototype, RUNTIME, { value: undefined, writable: true });
  Inject(RUNTIME)(prototype, RUNTIME);
  Optional()(prototype, RUNTIME);
}

function ownProperties(original: Method): PropertyDescriptorMap {
  const descriptors: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(original);
  delete descriptors['prototype'];
  return descriptors;
}

function yieldsObservable(returnType: unknown): boolean {
  return typeof read(read(returnType, 'prototype'), 'subscribe') === 'function';
}

// Streams of Node and of the web can be iterated too, but those who use them pipe and read them.
function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  if (typeof read(value, Symbol.asyncIterator) !== 'function') return false;
  return ['pipe', 'getReader'].every((method) => typeof read(value, method) !== 'function');
}
