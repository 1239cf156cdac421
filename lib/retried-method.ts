import { isObservable, type Observable } from 'rxjs';
import { DEFINITION, type RetryableDefinition } from './retryable.definition.js';
import { read } from './errors/safe-read.js';
import { runningAttempt, type RunningAttempt } from './retry/attempt.js';
import { RetryCall } from './retry/retry-call.js';
import type { RetryRuntime } from './retry/retry-runtime.js';
import { isAsyncIterable } from './retry/promised-items.js';
import { isPromiseLike, runCall } from './retry/retry-with-backoff.js';
import { iterateCall } from './retry/retry-with-backoff.iterable.js';
import { observeCall } from './retry/retry-with-backoff.operator.js';
import { RUNTIME } from './retryable.tokens.js';

export type Method = (...args: unknown[]) => unknown;

// An async function needs no look at what it returns.
const AsyncFunction = (async () => undefined).constructor;

const AsyncGeneratorFunction = async function* () {}.constructor;

/** What a method returns, where that is known before it is called. */
type Kind = 'promise' | 'observable' | 'iterable';

/** What is known of a decorated method before it is called. */
interface RetriedMethod {
  readonly original: Method;
  readonly definition: RetryableDefinition;
  readonly returns: Kind | undefined;
  readonly mayBeSync: boolean;
}

/**
 * The method under its retry policy, in everything else like the original.
 *
 * @param unchecked the method's type was not checked: a class has synchronous methods too
 */
export function retried(
  target: object,
  key: string | symbol,
  original: Method,
  definition: RetryableDefinition,
  unchecked = false,
): Method {
  const returnType: unknown = Reflect.getMetadata('design:returntype', target, key);
  const method: RetriedMethod = {
    original,
    definition,
    returns: kindOf(original, returnType),
    mayBeSync: unchecked,
  };
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    const outer = definition.isIntercepted ? runningAttempt() : undefined;
    if (outer !== undefined && outer.handler === definition) {
      return enterHandler(outer, definition, original, this, args);
    }
    const runtime = runtimeOf(this, definition);
    return method.returns === 'promise'
      ? callAsync(method, runtime, this, args)
      : callOther(method, runtime, this, args);
  };
  Object.defineProperties(wrapper, ownProperties(original));
  for (const metadataKey of Reflect.getMetadataKeys(original) as unknown[]) {
    const value: unknown = Reflect.getMetadata(metadataKey, original);
    Reflect.defineMetadata(metadataKey, value, wrapper);
  }
  Reflect.defineMetadata(DEFINITION, definition, wrapper);
  definition.method = wrapper;
  return wrapper;
}

// By itself, and without a closure: nearly every method is asynchronous.
function callAsync(
  { original, definition }: RetriedMethod,
  runtime: RetryRuntime,
  self: unknown,
  args: unknown[],
): unknown {
  let call: RetryCall;
  try {
    call = definition.open(runtime, self, args);
  } catch (thrown) {
    return Promise.reject(thrown);
  }
  return runCall(call, original, args);
}

function callOther(
  { original, definition, returns, mayBeSync }: RetriedMethod,
  runtime: RetryRuntime,
  self: unknown,
  args: unknown[],
): unknown {
  const open = () => definition.open(runtime, self, args);
  const operation = () => original.apply(self, args);
  return returns === 'observable'
    ? observeCall(open, operation as () => Observable<unknown>)
    : callByResult(open, operation, mayBeSync, returns === 'iterable');
}

/**
 * Calls a method whose first result shows what it returns: that is the first attempt's, which the
 * driver of its kind takes over.
 *
 * @throws what the method throws, where it may be synchronous: a rejection that nobody expects
 * would end the process
 */
function callByResult(
  open: () => RetryCall,
  operation: () => unknown,
  mayBeSync: boolean,
  isIterable: boolean,
): unknown {
  let call: RetryCall;
  try {
    call = open();
  } catch (thrown) {
    if (mayBeSync) throw thrown;
    return Promise.reject(thrown);
  }
  if (call.cancellation !== undefined) {
    if (mayBeSync) throw call.cancellation.reason;
    return runCall(call, operation);
  }
  // What may have to wait before its first attempt cannot be known by that.
  if (call.isHeldUp && isIterable) {
    call.suspend();
    return iterateCall(() => call.resume(), operation as () => AsyncIterable<unknown>);
  }
  if (call.isHeldUp && !mayBeSync) return runCall(call, operation);
  const first = call.begin();
  // Called before it is known whether it is asynchronous: too late for a policy to refuse it.
  if (call.policy.through !== undefined) call.operationBegins(first);
  let result: unknown;
  try {
    result = first.run(operation);
  } catch (thrown) {
    if (mayBeSync) {
      first.settle();
      call.release();
      throw thrown;
    }
    result = Promise.reject(thrown);
  }
  const resultOf = (attempt: RunningAttempt) => (attempt === first ? result : operation());
  if (isPromiseLike(result)) {
    // It has cancelled its own call: nobody waits for it any more.
    if (call.isOver) Promise.resolve(result).catch(() => undefined);
    return runCall(call, resultOf);
  }
  if (!isObservable(result) && !isAsyncIterable(result)) {
    first.settle();
    call.succeeded();
    return result;
  }
  call.suspend();
  // Whoever subscribes first goes on with the call that is there, the others make their own.
  let unused = true;
  const resume = () => (unused ? ((unused = false), call.resume()) : open());
  return isObservable(result)
    ? observeCall(resume, resultOf as () => Observable<unknown>)
    : iterateCall(resume, resultOf as () => AsyncIterable<unknown>);
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
  const { owner } = attempt;
  if (owner instanceof RetryCall) definition.enter(owner, self, args);
  if (attempt.ended) throw attempt.signal.reason; // cancelled by the signal of these very arguments
  const run = () => original.apply(self, args);
  if (!(owner instanceof RetryCall) || owner.account === undefined) return run();
  return owner.enterAccount(attempt, run);
}

function runtimeOf(self: unknown, definition: RetryableDefinition): RetryRuntime {
  const injected = (self as { readonly [RUNTIME]?: RetryRuntime } | undefined)?.[RUNTIME];
  return injected ?? definition.ambientRuntime(definition.name);
}

function ownProperties(original: Method): PropertyDescriptorMap {
  const descriptors: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(original);
  delete descriptors['prototype'];
  return descriptors;
}

function kindOf(original: Method, returnType: unknown): Kind | undefined {
  // Asked first: TypeScript says of these too that they return a promise.
  if (original instanceof AsyncGeneratorFunction) return 'iterable';
  if (original instanceof AsyncFunction || returnType === Promise) return 'promise';
  const prototype = read(returnType, 'prototype');
  // Other classes can be subscribed to as well; `lift` is what rxjs itself tells an Observable by.
  const isOne = ['subscribe', 'lift'].every((key) => typeof read(prototype, key) === 'function');
  return isOne ? 'observable' : undefined;
}
