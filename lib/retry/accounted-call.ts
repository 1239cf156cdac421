import { timeLimitError } from '../classify/classify-error.js';
import type { ServiceError } from '../errors/service-error.js';
import type { CallHistory } from './call-history.js';
import type { CallWatchers } from './call-watcher.js';
import type { CallHooks } from './call-hooks.js';
import { refusal, STORE_MS, type Admission, type CooldownGate } from './cooldown-gate.js';
import { LayeredCall } from './layered-call.js';
import { inTime, type GaveUp, type NextStep } from './next-step.js';
import type { RetryBudget } from './retry-budget.js';
import type { Interruptible, RetryRuntime } from './retry-runtime.js';
import { startWait } from './wait.js';
import type { LeftWait } from './work-queue.js';

/** So long after the first call of an account that was left alone the others ask again. */
const PROBE_MS = 1000;

/** Jobs, of which there may be thousands, come again after that. */
const QUEUED_PROBE_MS = 10_000;

/**
 * The part of a call that knows on whose account it is made: when that lets its attempts through, and
 * whether it can pay for its retries.
 */
export abstract class AccountedCall extends LayeredCall implements Interruptible {
  abstract readonly runtime: RetryRuntime;
  abstract hooks?: CallHooks | undefined;

  /** Begins the next attempt at once. */
  abstract attemptNext(): void;
  /** The call has failed for good. */
  abstract giveUp(gaveUp: GaveUp, leftWait?: LeftWait): void;
  /** The call waits in a queue where it has one, and has failed otherwise. */
  protected abstract park(gaveUp: GaveUp, waitMs: number, error: ServiceError | undefined): void;

  get watcher(): CallWatchers | undefined {
    return this.runtime.watcher;
  }

  /** The application closes: a wait is not waited to its end. */
  interrupt(): void {
    const end = () => this.past().endWait?.(false);
    if (this.attempt === undefined) end();
    else this.attempt.outside(end);
  }

  /** The account that cooldown and repair apply to. */
  get account(): string | undefined {
    const key = this.hooks?.key;
    return key === undefined ? undefined : this.policy.accountPrefix + key;
  }

  /** Whether the first attempt may have to wait. */
  get isHeldUp(): boolean {
    return (
      this.policy.through !== undefined ||
      (this.account !== undefined && this.gate !== undefined) ||
      this.history?.resumed !== undefined
    );
  }

  private get gate(): CooldownGate | undefined {
    return this.policy.cooldown ? this.runtime.cooldowns : undefined;
  }

  /** Begins the next attempt, as soon as the account lets it through. */
  protected next(): void {
    if (this.hooks === undefined) this.attemptNext();
    else this.admitted(() => this.attemptNext());
  }

  /** Goes on as soon as the account lets the call through: at once, where it is not cooling down. */
  protected admitted(go: () => void): void {
    const { account } = this;
    const gate = account === undefined ? undefined : this.gate;
    // The first call after a cooldown, and what is part of it, cannot wait for its own end.
    if (account === undefined || gate === undefined || this.isProbeOf(account)) {
      return go();
    }
    this.awaitAdmission(account, gate, go);
  }

  private awaitAdmission(account: string, gate: CooldownGate, go: () => void): void {
    let isAnswered = false;
    let stopWaiting: ((elapsed: boolean) => void) | undefined;
    gate.admit(account, (admission) => {
      const isLate = isAnswered;
      isAnswered = true;
      stopWaiting?.(true);
      if (!isLate && this.goesOn()) this.enter(account, gate, admission, go);
      else if (admission.kind === 'probe') gate.probeEnded(account);
    });
    if (isAnswered) return;
    // The store is not in this process: what it does not say in time it is not asked for.
    stopWaiting = this.hold(Math.min(STORE_MS, this.remainingMs()), () => {
      if (isAnswered) return;
      isAnswered = true;
      if (!this.goesOn()) return;
      if (this.remainingMs() > 0) go();
      else this.runOut();
    });
  }

  /** The call's time is over before anything was sent. */
  private runOut(): void {
    const error = timeLimitError(this.policy, Math.round(this.elapsedMs()), false);
    this.past().addError(error, error);
    this.giveUp('total-timeout');
  }

  private enter(account: string, gate: CooldownGate, admission: Admission, go: () => void): void {
    const { policy } = this;
    const { kind } = admission;
    if (kind === 'probe') this.past().isProbe = true;
    if (kind === 'open' || kind === 'probe') return go();
    const remainingMs = this.remainingMs();
    const ms = kind === 'wait' ? admission.ms : undefined;
    const isLong = ms !== undefined && (ms > policy.maxRetryAfter || ms >= remainingMs);
    if (this.nextRun !== undefined) return this.refuse(ms ?? QUEUED_PROBE_MS);
    if (isLong) return this.refuse(ms);
    if (this.runtime.closing) return this.giveUp('shutdown');
    let isWoken = false;
    const waitMs = ms ?? Math.min(policy.maxRetryAfter, remainingMs);
    this.watcher?.waitBegan(this, waitMs);
    const end = this.hold(waitMs, () => {
      stopSleeping();
      if (!this.goesOn()) return;
      if (isWoken || ms !== undefined) this.awaitAdmission(account, gate, go);
      else this.refuse(PROBE_MS);
    });
    const stopSleeping = gate.sleep(account, () => {
      isWoken = true;
      end(true);
    });
  }

  /** Waits before an attempt; cancelling the call or closing the application ends the wait. */
  private hold(ms: number, then: () => void): (elapsed: boolean) => void {
    const past = this.past();
    const { waiting } = this.runtime;
    this.holdOuter();
    waiting.add(this);
    // Holding the outer call may have shown that it has ended.
    const end = startWait(this.cancellation === undefined ? ms : 0, (elapsed) => {
      past.endWait = undefined;
      waiting.delete(this);
      if (elapsed || this.cancellation !== undefined) then();
      else this.giveUp('shutdown');
    });
    return (past.endWait = end);
  }

  /** The account does not let the call through: nothing is sent. */
  private refuse(ms: number): void {
    const error = refusal(this.policy.platform, ms);
    this.past().addError(error, error);
    if (this.nextRun !== undefined) this.giveUp('left-to-queue', { ms, isFree: true });
    else if (ms > this.policy.maxRetryAfter) this.park('cooldown', ms, error);
    else this.giveUp('cooldown');
  }

  /** Whether nothing has ended the call meanwhile. */
  goesOn(): boolean {
    if (this.outer !== undefined && !this.ended) this.endWithOuter(this.outer);
    if (this.cancellation !== undefined) this.giveUp('cancelled');
    return !this.isOver;
  }

  /** A retry that the platform has not asked for costs a token. */
  protected afford(step: NextStep): NextStep {
    const { budget } = this.runtime;
    if (budget === undefined || !step.retry || step.isStated) return step;
    return this.payFor(step, budget.take(this.budgetAccount, this.policy));
  }

  private payFor(step: NextStep, isTaken: boolean): NextStep {
    if (!isTaken) return { retry: false, gaveUp: 'budget' };
    this.past().holdsToken = true;
    return step;
  }

  /** The tokens are not in this process: their answer is waited for, but not for long. */
  protected affordShared(
    step: NextStep,
    budget: RetryBudget,
    then: (step: NextStep) => void,
  ): void {
    const account = this.budgetAccount;
    let isTaken: boolean | undefined;
    let isOver = false;
    const end = this.hold(Math.min(STORE_MS, this.remainingMs()), () => {
      isOver = true;
      const goesOn = this.goesOn();
      const late = inTime(step, this.remainingMs());
      if (goesOn && late.retry) {
        return then(isTaken === undefined ? this.afford(step) : this.payFor(step, isTaken));
      }
      if (isTaken === true) budget.giveBack(account);
      if (goesOn) then(late);
    });
    void budget.takeShared(account, this.policy).then((taken) => {
      if (taken && (isOver || this.isOver)) return budget.giveBack(account);
      isTaken = taken;
      end(true);
    });
  }

  private get budgetAccount(): string {
    const { platform, accountPrefix, context } = this.policy;
    return this.account ?? (platform === undefined ? `?${context}` : accountPrefix);
  }

  protected chargeFailure(error: ServiceError | undefined): void {
    const past = this.past();
    past.holdsToken = false;
    if (this.account !== undefined) this.gate?.failed(this.account, error, past.isProbe);
    past.isProbe = false;
  }

  protected creditSuccess(): void {
    const { budget } = this.runtime;
    if (budget !== undefined && !budget.isFull) budget.succeeded(this.budgetAccount);
  }

  isProbeOf(account: string): boolean {
    if (this.history?.isProbe === true && this.account === account) return true;
    return this.outer?.owner.isProbeOf(account) === true;
  }

  /** The first call after a cooldown is answered well: the others follow. */
  protected probeAnswered(): void {
    if (this.history?.isProbe !== true || this.account === undefined) return;
    this.gate?.clear(this.account);
    this.history.isProbe = false;
  }

  protected giveTokenBack(history: CallHistory): void {
    if (!history.holdsToken) return;
    history.holdsToken = false;
    this.runtime.budget?.giveBack(this.budgetAccount);
  }

  /** What was taken and not used is given back. */
  protected override close(history: CallHistory): void {
    super.close(history);
    this.giveTokenBack(history);
    if (history.isProbe && this.account !== undefined) this.gate?.probeEnded(this.account);
  }
}
