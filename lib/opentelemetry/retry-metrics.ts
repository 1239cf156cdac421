import { metrics } from '@opentelemetry/api';
import type { CallEnd, CallWatcher, WatchedAttempt, WatchedCall } from '../retry/call-watcher.js';
import { isForQueue } from '../retry/next-step.js';
import { attributesOf, errorTypeOf } from './attributes.js';

/** Counts attempts, retries and calls that were given up, and measures waits. */
export class RetryMetrics implements CallWatcher {
  private readonly meter = metrics.getMeter('nestjs-retryable');

  private readonly attempts = this.meter.createCounter('retryable.attempts', {
    description: 'Calls of operations, retries included',
    unit: '{attempt}',
  });

  private readonly retries = this.meter.createCounter('retryable.retries', {
    description: 'Calls of operations after the first',
    unit: '{retry}',
  });

  private readonly giveUps = this.meter.createCounter('retryable.give_ups', {
    description: 'Operations that have failed for good',
    unit: '{operation}',
  });

  private readonly waits = this.meter.createHistogram('retryable.wait.duration', {
    description: 'Waits before attempts, as they were begun',
    unit: 's',
    advice: { explicitBucketBoundaries: [0.1, 0.5, 1, 2, 4, 8, 15, 30, 60] },
  });

  attemptBegan({ owner, number }: WatchedAttempt): void {
    const attributes = attributesOf(owner);
    this.attempts.add(1, attributes);
    if (number > 1) this.retries.add(1, attributes);
  }

  waitBegan(call: WatchedCall, delayMs: number): void {
    this.waits.record(delayMs / 1000, attributesOf(call));
  }

  callEnded(call: WatchedCall, end: CallEnd): void {
    if (end === 'succeeded' || end === 'left') return;
    if (isForQueue(end.report.gaveUp)) return;
    this.giveUps.add(1, {
      ...attributesOf(call),
      'retryable.gave_up': end.report.gaveUp,
      'error.type': errorTypeOf(end.error),
    });
  }
}
