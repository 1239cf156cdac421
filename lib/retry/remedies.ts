import { read, readString } from '../errors/safe-read.js';
import type { ServiceError } from '../errors/service-error.js';
import type { LateEnd, RunningAttempt } from './attempt.js';
import { isFound, isNotFound } from './found.js';
import type { CallHistory } from './call-history.js';
import type { CallHooks } from './call-hooks.js';
import type { AttemptFailure } from './events.js';
import type { GaveUp } from './next-step.js';
import type { RetryRuntime } from './retry-runtime.js';
import { SideCall, type Answer, type Principal } from './side-call.js';
import { soon, startWait } from './wait.js';
import type { LeftWait } from './work-queue.js';

/** An attempt has failed. */
export interface Failure {
  /** What the failure is, or undefined where nobody recognised it. */
  readonly error: ServiceError | undefined;
  readonly thrown: unknown;
  /** Nothing of the attempt is on the stack or to come: the next one may begin there. */
  readonly isOver: boolean;
  readonly attempt: RunningAttempt | undefined;
}

/** What a remedy needs of the call whose attempt has failed. */
export interface InTrouble extends Principal {
  readonly runtime: RetryRuntime;
  readonly hooks?: CallHooks | undefined;
  readonly account: string | undefined;
  readonly attemptsMade: number;
  readonly cancellation: { readonly reason: unknown } | undefined;
  past(): CallHistory;
  holdOuter(): void;
  remainingMs(): number;
  readonly hasWritten: boolean;
  isNested(thrown: unknown): boolean;
  wroteNothing(): void;
  isFailure(value: unknown): boolean;
  isOpen(error: ServiceError | undefined): boolean;
  failureOf(error: unknown): AttemptFailure;
  /** Whether nothing has ended the call meanwhile. */
  goesOn(): boolean;
  decide(failure: Failure, isUnknown: boolean): void;
  tryAgain(): void;
  endWith(value: unknown): void;
  giveUp(gaveUp: GaveUp, leftWait?: LeftWait): void;
}

/** After its limit an attempt may run on that long; then nobody asks any more what became of it. */
const STOPS_WITHIN_MS = 1000;

/** What can be done about a failed attempt before its call decides how it goes on. */
export function remedy(call: InTrouble, failure: Failure): void {
  const isOpen = call.isOpen(failure.error);
  const { reconcile } = call.hooks ?? {};
  const repair = isOpen ? undefined : repairFor(call, failure);
  if (repair !== undefined) return tryAgainAfter(call, failure, repair);
  if (isOpen && read(failure.error, 'type') === 'CANCELLED') call.decide(failure, false);
  else if (isOpen && reconcile !== undefined) awaitEnd(call, failure);
  else call.decide(failure, isOpen);
}

/** While the attempt may still do its work nobody can say that it has not. */
function awaitEnd(call: InTrouble, failure: Failure): void {
  const { attempt } = failure;
  if (attempt === undefined || attempt.settled) return reconcile(call, failure);
  const past = call.past();
  let late: LateEnd | undefined;
  const end = startWait(STOPS_WITHIN_MS, () => {
    past.onStopped = past.endWait = undefined;
    if (!call.goesOn()) return;
    if (late === undefined) call.giveUp('reconcile-failed');
    else if (typeof late === 'object' && !call.isFailure(late.value)) call.endWith(late.value);
    else reconcile(call, failure, late === 'done');
  });
  past.endWait = end;
  past.onStopped = (how) => {
    late = how;
    end(true);
  };
}

/**
 * Asks what became of an attempt that may have done its work.
 *
 * @param isDone it has said so itself, but too late for its result
 */
function reconcile(call: InTrouble, failure: Failure, isDone = false): void {
  const past = call.past();
  const { error, thrown } = failure;
  const side = new SideCall(call, call.attemptsMade, call.policy.timeout, (answer) => {
    past.endWait = undefined;
    if (call.goesOn()) followAnswer(call, failure, answer, isDone);
  });
  past.endWait = () => {
    past.endWait = undefined;
    side.cancel(call.cancellation?.reason);
    call.goesOn();
  };
  side.ask((attempt) => call.hooks?.reconcile?.(error ?? thrown, attempt));
}

function followAnswer(call: InTrouble, failure: Failure, answer: Answer, isDone: boolean): void {
  const { observer } = call.runtime;
  if ('error' in answer) {
    observer.callbackFailed('reconcile', call.policy.context, answer.error);
    call.giveUp('reconcile-failed');
  } else if (isFound(answer.value)) {
    observer.reconciled(call.failureOf(failure.error ?? failure.thrown), true);
    call.endWith(answer.value.value);
  } else if (isNotFound(answer.value) && !isDone) {
    observer.reconciled(call.failureOf(failure.error ?? failure.thrown), false);
    call.wroteNothing();
    call.decide(failure, false);
  } else call.giveUp('reconcile-failed');
}

type Repair = (error: unknown) => unknown;

/** What repairs the cause of the failure, unless that was tried already. */
function repairFor(call: InTrouble, { error, thrown }: Failure): Repair | undefined {
  if (error === undefined || call.past().repairs > 0 || call.runtime.closing) return undefined;
  if (call.hasWritten || call.isNested(thrown)) return undefined;
  return call.remainingMs() > 0
    ? call.hooks?.repairOf?.(readString(error, 'type') ?? '')
    : undefined;
}

/** One repair for all calls of the account that fail together, then one try that is no retry. */
function tryAgainAfter(call: InTrouble, failure: Failure, repair: Repair): void {
  const { account, runtime, policy } = call;
  const { error, attempt } = failure;
  if (account === undefined || attempt === undefined) return call.decide(failure, false);
  if (runtime.repairs.isRepairedSince(account, attempt.asyncId())) {
    return soon(() => call.goesOn() && call.tryAgain());
  }
  call.holdOuter();
  const past = call.past();
  const remainingMs = Math.max(1, Math.ceil(call.remainingMs()));
  const limitMs = Math.min(runtime.repairs.longestMs(policy.timeout), remainingMs);
  let isRepaired = false;
  const end = startWait(limitMs, () => {
    past.endWait = undefined;
    if (!call.goesOn()) return;
    if (!isRepaired) return call.giveUp('repair-failed');
    runtime.observer.repaired(call.failureOf(error));
    call.tryAgain();
  });
  past.endWait = end;
  // Others may wait for it longer than this call can.
  const run = () => runRepair(call, policy.timeout, () => repair(error));
  const times = { attemptMs: past.ageOf(attempt), limitMs: policy.timeout };
  void runtime.repairs.join(account, times, run).then((succeeded) => {
    isRepaired = succeeded;
    end(true);
  });
}

/** @returns whether it has succeeded */
function runRepair(call: InTrouble, limitMs: number, repair: () => unknown): Promise<boolean> {
  return new Promise((resolve) => {
    const side = new SideCall(call, call.attemptsMade, limitMs, (answer) => {
      const { observer } = call.runtime;
      const failed = 'error' in answer;
      if (failed) observer.callbackFailed('repair', call.policy.context, answer.error);
      resolve(!failed);
    });
    side.ask(repair);
  });
}
