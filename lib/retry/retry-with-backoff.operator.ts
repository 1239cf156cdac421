import { isObservable, Observable, Subscriber, type Subscription } from 'rxjs';
import { readBody, unreadResponseIn } from '../classify/response-body.js';
import type { RunningAttempt } from './attempt.js';
import type { RetryCall } from './retry-call.js';
import type { RetryDriver } from './retry-driver.js';
import { subscribeThrough } from './through.js';

/** What one attempt subscribes to. */
export type Source<T> = (attempt: RunningAttempt) => Observable<T>;

/** An Observable that runs a call for each subscription: the RxJS driver. */
export function observeCall<T>(openCall: () => RetryCall, source: Source<T>): Observable<T> {
  return new Observable<T>((subscriber) => {
    const call = openCall();
    const driver = new ObservableDriver(call, source, subscriber);
    subscriber.add(driver); // before the start: a source may emit for ever while it is subscribed to
    call.start(driver);
  });
}

/** Subscribes to the source anew for each attempt, until it has emitted. */
class ObservableDriver<T> implements RetryDriver {
  private subscription: Subscription | undefined = undefined;

  constructor(
    private readonly call: RetryCall,
    private readonly source: Source<T>,
    private readonly subscriber: Subscriber<T>,
  ) {}

  runAttempt(attempt: RunningAttempt): void {
    // Not a plain observer: what ends the attempt while it subscribes has to end this too.
    const inner = new AttemptSubscriber(attempt, this.call, this.subscriber);
    this.subscription = inner;
    try {
      attempt.run(() => this.sourceOf(attempt).subscribe(inner));
    } catch (thrown) {
      if (attempt.settle()) this.call.attemptFailed(thrown);
    }
  }

  private sourceOf(attempt: RunningAttempt): Observable<T> {
    const { through } = this.call.policy;
    if (through === undefined || this.call.hasBegun(attempt)) return this.source(attempt);
    return subscribeThrough(through, attempt, () => this.source(attempt));
  }

  attemptEnded(): void {
    this.leave();
  }

  reject(error: unknown): void {
    this.leave();
    this.subscriber.error(error);
  }

  recovered(result: unknown): void {
    this.leave();
    if (isObservable(result)) {
      this.subscription = (result as Observable<T>).subscribe(this.subscriber);
      return;
    }
    const { subscriber } = this;
    void Promise.resolve(result as T).then(
      (value) => {
        subscriber.next(value);
        return subscriber.complete();
      },
      (thrown: unknown) => subscriber.error(thrown),
    );
  }

  /** The subscriber has left or has been served. */
  unsubscribe(): void {
    const { call } = this;
    call.leaveStreams();
    this.leave();
    this.call.release();
  }

  // A teardown that throws is a mistake of the source: the call goes on without it.
  private leave(): void {
    try {
      this.subscription?.unsubscribe();
    } catch (thrown) {
      this.call.runtime.observer.callbackFailed('teardown', this.call.policy.context, thrown);
    }
  }
}

/** What one attempt gives. Methods instead of closures: each call would have to make those. */
class AttemptSubscriber<T> extends Subscriber<T> {
  constructor(
    private readonly attempt: RunningAttempt,
    private readonly call: RetryCall,
    private readonly outer: Subscriber<T>,
  ) {
    super();
  }

  protected override _next(value: T): void {
    const { attempt, call } = this;
    if (call.emitted === 0) {
      if (call.isFailure(value)) return this.fail(value);
      if (!attempt.end()) return;
    }
    call.emit();
    if (call.emitted === 1) call.joinStreams();
    this.outer.next(value);
  }

  protected override _error(thrown: unknown): void {
    const response = unreadResponseIn(thrown, this.attempt);
    if (response === undefined) this.fail(thrown);
    else void readBody(response, this.attempt).then(() => this.fail(thrown));
  }

  private fail(thrown: unknown): void {
    if (this.closed) return; // while the body was read the attempt has reached its limit
    const { attempt, call } = this;
    try {
      if (attempt.settle() || call.emitted > 0) attempt.outside(() => call.attemptFailed(thrown));
    } finally {
      this.unsubscribe();
    }
  }

  protected override _complete(): void {
    const { attempt, call } = this;
    try {
      if (!attempt.settle('done') && call.emitted === 0) return;
      call.succeeded();
      this.outer.complete();
    } finally {
      this.unsubscribe();
    }
  }
}
