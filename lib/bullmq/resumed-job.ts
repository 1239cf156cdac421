import { ServiceUnavailableError } from '../errors/operation.errors.js';
import { ServiceError, withoutStack } from '../errors/service-error.js';
import { isFound, isNotFound } from '../retry/found.js';
import { CLOSING, type Progress } from '../retry/next-step.js';
import type { Parkable, ResumedCall } from '../retry/parking.js';
import { SideCall, type Answer } from '../retry/side-call.js';
import { inJob, type LeftWait } from '../retry/work-queue.js';
import type { ParkedCallData } from './parked-call-data.js';

/** A job that could not ask is run again after that at the soonest. */
const SOONEST_MS = 1000;

const NOTHING_DONE: Omit<Progress, 'retries'> = {
  remainingMs: Infinity,
  emitted: false,
  isRefused: false,
  isUnknown: false,
  isNested: false,
  hasWritten: false,
  closing: false,
};

/** The call that a job is there for. */
export class ResumedJob implements ResumedCall {
  readonly idempotencyKey: string;
  /** Why it was parked, or that nobody knows how its last run has ended. */
  private readonly error: ServiceError;
  private own: Parkable | undefined = undefined;
  isOpen: boolean;

  constructor(
    private readonly name: string,
    private readonly data: ParkedCallData,
  ) {
    this.idempotencyKey = data.idempotencyKey;
    this.isOpen = data.began === true;
    this.error = withoutStack(() => (data.began ? openOutcome(data) : whyParked(data)));
  }

  claim(call: Parkable): boolean {
    if (this.own !== undefined || call.hooks?.park?.name !== this.name) return false;
    this.own = call;
    return true;
  }

  begin(call: Parkable, go: () => void): void {
    const { reconcile } = call.hooks ?? {};
    const answered = () => {
      if (call === this.own) this.isOpen = false;
      go();
    };
    if (!call.isWrite) return go(); // what it calls may be writes
    if (reconcile !== undefined) return this.ask(call, reconcile, answered);
    if (!this.isOpen) return go();
    call.past().addError(this.error, this.error);
    call.giveUp('may-have-executed');
  }

  /** Asks whether it has been made already. */
  private ask(call: Parkable, reconcile: Reconcile, go: () => void): void {
    const past = call.past();
    const side = new SideCall(call, 0, call.policy.timeout, (answer) => {
      past.endWait = undefined;
      if (call.goesOn()) this.follow(call, answer, go);
    });
    past.endWait = () => {
      past.endWait = undefined;
      side.cancel(call.cancellation?.reason);
      call.goesOn();
    };
    side.ask((attempt) => reconcile(this.error, attempt));
  }

  private follow(call: Parkable, answer: Answer, go: () => void): void {
    const { error } = this;
    const { observer } = call.runtime;
    const value = 'value' in answer ? answer.value : undefined;
    if (isFound(value)) {
      observer.reconciled(call.failureOf(error), true);
      return call.endWith(value.value);
    }
    if (isNotFound(value)) {
      observer.reconciled(call.failureOf(error), false);
      return go();
    }
    const wait = 'error' in answer ? waitAfter(call, answer.error) : undefined;
    call.past().addError(error, error);
    call.giveUp(wait === undefined ? 'reconcile-failed' : 'left-to-queue', wait);
  }
}

type Reconcile = NonNullable<NonNullable<Parkable['hooks']>['reconcile']>;

/** When it can be asked again, where that is worth while. */
function waitAfter(call: Parkable, thrown: unknown): LeftWait | undefined {
  const { runtime, policy, queue, self } = call;
  runtime.observer.callbackFailed('reconcile', policy.context, thrown);
  if (queue === undefined) return undefined;
  const known = runtime.classify(thrown, policy);
  const progress: Progress = { ...NOTHING_DONE, retries: queue.retries };
  // What the application has ended itself is no failure.
  const decided = runtime.closing ? CLOSING : runtime.nextStep(policy, known, progress, self);
  const step = inJob(queue, decided, known);
  if (!step.retry) return step.leftWait;
  return queue.isLast ? undefined : { ms: SOONEST_MS, isFree: false };
}

function whyParked({ error: { type, code }, platform }: ParkedCallData): ServiceError {
  const message = 'The call was parked and is made now';
  return new ServiceError(type, { code, platform, message, mayHaveExecuted: false });
}

function openOutcome({ platform }: ParkedCallData): ServiceError {
  const message = 'The process that made the call has ended in the middle of it';
  return new ServiceUnavailableError({ platform, message });
}
