import { isObservable, Observable, type Subscriber, type Subscription } from 'rxjs';
import type { RunningAttempt } from './attempt.js';
import type { RetryCall, RetryDriver } from './retry-call.js';

/** What one attempt subscribes to. */
export type Source<T> = (attempt: RunningAttempt) => Observable<T>;

/** An Observable that runs a call for each subscription: the RxJS driver. */
export function observeCall<T>(openCall: () => RetryCall, source: Source<T>): Observable<T> {
  return new Observable<T>((subscriber) => {
    const call = openCall();
    const driver = new ObservableDriver(call, source, subscriber);
    call.start(driver);
    return driver;
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
    try {
      const subscription = attempt.run(() => this.subscribeTo(this.source(attempt), attempt));
      if (subscription.closed) return;
      // What ended the attempt while it subscribed could not unsubscribe it yet.
      if (attempt.ended && !this.call.emitted) subscription.unsubscribe();
      else this.subscription = subscription;
    } catch (thrown) {
      if (attempt.settle()) this.call.attemptFailed(thrown);
    }
  }

  private subscribeTo(source: Observable<T>, attempt: RunningAttempt): Subscription {
    const { call, subscriber } = this;
    return source.subscribe({
      next: (value) => {
        if (!call.emitted) {
          if (!attempt.end()) return;
          call.emitted = true;
        }
        subscriber.next(value);
      },
      error: (thrown: unknown) => {
        if (attempt.settle() || call.emitted) attempt.outside(() => call.attemptFailed(thrown));
      },
      complete: () => {
        if (!attempt.settle() && !call.emitted) return;
        call.succeeded();
        subscriber.complete();
      },
    });
  }

  attemptEnded(): void {
    this.subscription?.unsubscribe();
  }

  reject(error: unknown): void {
    this.subscription?.unsubscribe();
    this.subscriber.error(error);
  }

  recovered(result: unknown): void {
    this.subscription?.unsubscribe();
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
    this.subscription?.unsubscribe();
    this.call.release();
  }
}
