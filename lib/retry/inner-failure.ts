import type { RetryObserver } from './events.js';
import type { RetryReport } from './retry-report.js';

/** A failed call inside another one that nobody has logged yet. */
export interface InnerFailure {
  readonly report: RetryReport;
  readonly error: unknown;
  /** Who is told of it. */
  readonly observer: Pick<RetryObserver, 'operationFailed'>;
  /** The call has taken care of its retries itself: whoever is around it does not repeat it. */
  readonly isFinal: boolean;
}
