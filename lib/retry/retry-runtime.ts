import { classifyError, type Classifier } from '../classify/classify-error.js';
import type { ErrorHint } from '../classify/family.js';
import { isServiceError, type Platform, type ServiceError } from '../errors/service-error.js';
import { SILENT, type RetryObserver } from './events.js';
import { nextStep, type NextStep, type Progress } from './next-step.js';
import { mergePolicy, type RetryPolicy } from './policy.js';
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

  constructor(
    private readonly settings: RuntimeSettings = {},
    readonly observer: RetryObserver = SILENT,
  ) {}

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

  /** Ends every wait and lets none begin. */
  close(): void {
    this.closing = true;
    for (const call of this.waiting) call.interrupt();
  }
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
