import { classifyError, type Classifier } from '../classify/classify-error.js';
import type { ErrorHint } from '../classify/family.js';
import { ServiceUnavailableError } from '../errors/operation.errors.js';
import {
  isServiceError,
  withoutStack,
  type Platform,
  type ServiceError,
} from '../errors/service-error.js';
import { SILENT, type RetryObserver } from './events.js';
import { RunningAttempt } from './attempt.js';
import type { RetryBudgetStore } from './budget-store.js';
import { CallWatchers, type CallWatcher } from './call-watcher.js';
import { DeadlineList } from './deadline-list.js';
import { pendingDeadlines } from './deadline-queue.js';
import { CooldownGate, type CooldownOptions } from './cooldown-gate.js';
import type { CooldownStore } from './cooldown-store.js';
import type { ParkingLot } from './parking.js';
import { nextStep, type NextStep, type Progress } from './next-step.js';
import { mergePolicy, type RetryPolicy } from './policy.js';
import type { RepairLock } from './repair-lock.js';
import { Repairs } from './repairs.js';
import { RetryBudget, type RetryBudgetOptions } from './retry-budget.js';
import {
  DEFAULT_TIMEOUTS,
  type Operation,
  type OperationOptions,
  type RetryOptions,
  type Timeouts,
} from './retry-options.js';
import { shared } from './shared-state.js';

/** What an application says about all its calls. */
export interface RuntimeSettings {
  readonly retry?: RetryOptions | undefined;
  readonly platforms?: Readonly<Record<string, RetryOptions>> | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly classifiers?: readonly Classifier[] | undefined;
  /** Without it retries are limited by nothing but their policies. */
  readonly retryBudget?: RetryBudgetOptions | false | undefined;
  readonly cooldown?: CooldownOptions | false | undefined;
  readonly stores?: SharedStores | undefined;
  readonly undeclaredWrites?: 'retry' | 'safe' | 'error' | undefined;
}

/** Where it is kept what all processes of an application have in common. @publicApi */
export interface SharedStores {
  /** Cooldowns. Default: in the memory of the process. */
  cooldown?: CooldownStore | undefined;
  /** Which accounts are being repaired. Default: in the memory of the process. */
  repairs?: RepairLock | undefined;
  /** The tokens of the retry budget. Default: in the memory of the process. */
  retryBudget?: RetryBudgetStore | undefined;
}

/** A call in a wait that the end of the application cuts short. */
export interface Interruptible {
  interrupt(): void;
}

/** One application's settings and the calls that run under them. */
export class RetryRuntime {
  /** The application is closing: waits end, none begins. */
  closing = false;
  readonly waiting = new Set<Interruptible>();
  /** The attempts of calls that have handed on something and may have more. */
  readonly streams = new DeadlineList();
  readonly budget: RetryBudget | undefined;
  readonly cooldowns: CooldownGate | undefined;
  readonly repairs: Repairs;
  /** Where calls are parked; undefined where nothing takes them. */
  parking: ParkingLot | undefined = undefined;
  /** Who hears of every call; where nobody does no call pays for it. */
  watcher: CallWatchers | undefined = undefined;

  constructor(
    private readonly settings: RuntimeSettings = {},
    readonly observer: RetryObserver = SILENT,
  ) {
    const { retryBudget, cooldown = {}, stores = {} } = settings;
    const failed = (name: string) => (error: unknown) =>
      observer.callbackFailed(`stores.${name}`, name, error);
    const tell = observer.retriesSuppressed.bind(observer);
    this.budget = retryBudget
      ? new RetryBudget(retryBudget, tell, stores.retryBudget, failed('retryBudget'))
      : undefined;
    const store = (cooldown || undefined)?.store ?? stores.cooldown;
    this.cooldowns =
      cooldown === false ? undefined : new CooldownGate({ ...cooldown, store }, observer);
    this.repairs = new Repairs(stores.repairs, failed('repairs'));
  }

  get undeclaredWrites(): 'retry' | 'safe' | 'error' {
    return this.settings.undeclaredWrites ?? 'retry';
  }

  timeoutOf(operation: Operation): number {
    const { timeouts = {} } = this.settings;
    const own = Object.hasOwn(timeouts, operation) ? timeouts[operation] : undefined;
    if (own !== undefined) return own;
    return Object.hasOwn(DEFAULT_TIMEOUTS, operation)
      ? DEFAULT_TIMEOUTS[operation as keyof typeof DEFAULT_TIMEOUTS]
      : (timeouts.default ?? DEFAULT_TIMEOUTS.default);
  }

  /** The policy of an operation: defaults < module < platform < its own layers. */
  policyFor(
    identity: { readonly context: string; readonly platform: Platform | undefined },
    ...layers: readonly (OperationOptions | undefined)[]
  ): RetryPolicy {
    const { retry, platforms = {} } = this.settings;
    const { platform } = identity;
    const ofPlatform =
      platform !== undefined && Object.hasOwn(platforms, platform)
        ? platforms[platform]
        : undefined;
    return mergePolicy([retry, ofPlatform, ...layers], identity, (operation) =>
      this.timeoutOf(operation),
    );
  }

  /** What an error is: the application's own classifiers are asked first. */
  classify(error: unknown, hint: ErrorHint & { context: string }): ServiceError | undefined {
    if (isServiceError(error)) return error;
    for (const classifier of this.settings.classifiers ?? []) {
      try {
        const verdict = classifier(error, hint);
        if (isServiceError(verdict)) return verdict;
      } catch (thrown) {
        this.observer.callbackFailed('classifiers', hint.context, thrown);
      }
    }
    return classifyError(error, hint);
  }

  /** What follows a failed attempt; a callback of the policy that throws ends the call. */
  nextStep(
    policy: RetryPolicy,
    error: ServiceError | undefined,
    progress: Progress,
    self: unknown,
  ): NextStep {
    try {
      return nextStep(policy, error, progress, Math.random, self);
    } catch (thrown) {
      this.observer.callbackFailed('retryOn or backoff', policy.context, thrown);
      return { retry: false, gaveUp: 'not-retryable' };
    }
  }

  /**
   * From now on the watcher hears of every call.
   *
   * @returns ends that
   */
  watch(watcher: CallWatcher): () => void {
    const nobody = new CallWatchers([], ({ policy }, error) =>
      this.observer.callbackFailed('watcher', policy.context, error),
    );
    this.watcher = (this.watcher ?? nobody).with(watcher);
    return () => {
      this.watcher = this.watcher?.without(watcher);
    };
  }

  /** Ends the attempts that run. */
  endAttempts(): void {
    for (const attempt of this.runningAttempts()) attempt.abort(closingError());
    // A copy: each of them leaves the list.
    for (const stream of Array.from(this.streams)) {
      if (stream instanceof RunningAttempt) stream.owner.cancel(closingError());
    }
  }

  /** Nothing of it runs. */
  get isIdle(): boolean {
    return this.streams.first === undefined && this.runningAttempts().length === 0;
  }

  /** The attempts that run, of calls and of what is asked on their behalf. */
  runningAttempts(): RunningAttempt[] {
    const attempts: RunningAttempt[] = [];
    for (const deadline of pendingDeadlines()) {
      if (deadline instanceof RunningAttempt && deadline.owner.runtime === this) {
        attempts.push(deadline);
      }
    }
    return attempts;
  }

  /** Nothing more is asked of what processes share. */
  closeStores(): void {
    this.cooldowns?.close();
    for (const [name, store] of Object.entries(this.settings.stores ?? {})) {
      if (store === undefined || store === this.cooldowns?.store) continue;
      const close = async (): Promise<unknown> => store.close?.();
      void close().catch((error: unknown) =>
        this.observer.callbackFailed(`stores.${name}`, name, error),
      );
    }
  }

  /** Ends every wait and lets none begin. */
  close(): void {
    this.closing = true;
    for (const call of this.waiting) call.interrupt();
  }
}

function closingError(): ServiceUnavailableError {
  return withoutStack(() => new ServiceUnavailableError({ message: 'The application is closing' }));
}

/** The runtimes of the applications that are alive in the process. */
export const liveRuntimes = shared('runtimes', () => new Set<RetryRuntime>());

const defaultRuntime = new RetryRuntime();

/**
 * The runtime of a call that Nest did not give one: that of the only application alive; with none
 * or several, the defaults.
 *
 * @param onAmbiguous called where several applications are alive
 */
export function ambientRuntime(onAmbiguous?: () => void): RetryRuntime {
  if (liveRuntimes.size === 0) return defaultRuntime;
  const [first = defaultRuntime] = liveRuntimes;
  if (liveRuntimes.size === 1) return first;
  onAmbiguous?.();
  return defaultRuntime;
}
