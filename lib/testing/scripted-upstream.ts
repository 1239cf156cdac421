import { AssertionError } from 'node:assert';
import { currentAttempt } from '../retry/attempt.js';
import { requireOption } from '../retry/check-options.js';
import { virtualClock } from '../retry/virtual-clock.js';

/** A call that a scripted upstream was asked to do. @publicApi */
export interface ScriptedCall {
  readonly args: readonly unknown[];
  /** The number of the attempt it was made in, where it was made in one. */
  readonly attempt: number | undefined;
  readonly idempotencyKey: string | undefined;
}

/**
 * A function that does in turn what its script says; what was said last, if it has no number of
 * times, it goes on doing. Give it to the service under test as what calls the platform; as a provider
 * of Nest inside an object, `useValue: { createCampaign: upstream }`, since Nest awaits what it injects.
 *
 * @publicApi
 */
export interface ScriptedUpstream<T> {
  (...args: unknown[]): Promise<T>;
  /** The calls so far. */
  readonly calls: readonly ScriptedCall[];
  /** Goes on with another script, with a value, or with what a function of the arguments returns. */
  then<U>(next: ScriptedUpstream<U>): ScriptedUpstream<T | U>;
  then<U>(next: (...args: never[]) => PromiseLike<U> | U): ScriptedUpstream<T | U>;
  then<U>(next: U): ScriptedUpstream<T | U>;
  /** @throws AssertionError where it was not called so many times */
  expectCalls(count: number): void;
}

interface Call {
  /** Which of the calls of its step it is: 1 for the first. */
  readonly number: number;
  readonly self: unknown;
  readonly args: readonly unknown[];
}

type Act = (call: Call) => unknown;

interface Step {
  readonly times: number;
  readonly act: Act;
}

/**
 * Fails so many times with the error, or with what the function gives for the number of the failure.
 *
 * @throws TypeError where `times` is no whole number from 1 on, or Infinity
 * @example
 * const upstream = fail(2, new RateLimitError('meta')).then({ id: 'c1' });
 * @publicApi
 */
export function fail(times: number, error: unknown): ScriptedUpstream<never> {
  requireOption('times', times, TIMES, 'in fail');
  const act = ({ number }: Call) => {
    throw typeof error === 'function' ? (error as (failure: number) => unknown)(number) : error;
  };
  return scripted([{ times, act }]);
}

/** Succeeds with the value, or with what the function returns for the arguments. @publicApi */
export function succeed<T>(
  value: ((...args: never[]) => PromiseLike<T> | T) | T,
): ScriptedUpstream<T> {
  return scripted([{ times: Infinity, act: actOf(value) }]);
}

/**
 * Does not answer, so many times; ends with the signal of its attempt. Under virtual time the limit
 * of the attempt is reached at once.
 *
 * @throws TypeError where `times` is no whole number from 1 on, or Infinity
 * @example
 * const upstream = hang(1).then({ id: 'c1' });
 * @publicApi
 */
export function hang(times = Infinity): ScriptedUpstream<never> {
  requireOption('times', times, TIMES, 'in hang');
  return scripted([{ times, act: hangs }]);
}

const TIMES = {
  allowed: 'a whole number from 1 on, or Infinity',
  accepts: (value: unknown) => value === Infinity || (Number.isInteger(value) && Number(value) > 0),
};

function hangs(): Promise<never> {
  const signal = currentAttempt()?.signal;
  virtualClock()?.attemptHangs();
  return new Promise((_, reject) => {
    const end = () => reject(signal?.reason as Error);
    if (signal?.aborted === true) end();
    else signal?.addEventListener('abort', end);
  });
}

const STEPS = new WeakMap<object, readonly Step[]>();

function scripted<T>(steps: readonly Step[]): ScriptedUpstream<T> {
  const calls: ScriptedCall[] = [];
  async function upstream(this: unknown, ...args: unknown[]): Promise<T> {
    const attempt = currentAttempt();
    calls.push({ args, attempt: attempt?.number, idempotencyKey: attempt?.idempotencyKey });
    return (await perform(steps, calls.length, this, args)) as T;
  }
  const then = (next: unknown, reject?: unknown) => {
    // `await` and an async function's `return` call it with two functions of their own.
    if (typeof reject === 'function') return reject(new TypeError(AWAITED));
    return scripted([...steps, ...(stepsOf(next) ?? [{ times: Infinity, act: actOf(next) }])]);
  };
  const expectCalls = (count: number) => {
    if (calls.length === count) return;
    const message = `Expected ${count} calls, got ${calls.length}`;
    const { length: actual } = calls;
    throw new AssertionError({ message, actual, expected: count, operator: 'expectCalls' });
  };
  STEPS.set(upstream, steps);
  return Object.assign(upstream, { calls, then, expectCalls }) as ScriptedUpstream<T>;
}

const AWAITED =
  'A scripted upstream is to be called before it is awaited: write `upstream()`. As a provider of Nest it has to be inside an object: `useValue: { send: upstream }`.';

function stepsOf(script: unknown): readonly Step[] | undefined {
  return typeof script === 'function' ? STEPS.get(script) : undefined;
}

function actOf(result: unknown): Act {
  if (typeof result !== 'function') return () => result;
  return ({ self, args }) => (result as (...given: unknown[]) => unknown).apply(self, [...args]);
}

async function perform(
  steps: readonly Step[],
  call: number,
  self: unknown,
  args: readonly unknown[],
): Promise<unknown> {
  let before = 0;
  for (const { times, act } of steps) {
    if (call <= before + times) return act({ number: call - before, self, args });
    before += times;
  }
  throw new Error(`The script of the upstream has ended: call ${call} is one too many.`);
}
