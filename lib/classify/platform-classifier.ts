import type { Finding } from './finding.js';
import type { HeaderReader } from './retry-after.js';

/** What came with a failed call, beside the error itself. */
export interface Answer {
  /** The HTTP status, where it is one of a failure. */
  readonly status: number | undefined;
  readonly header: HeaderReader;
}

/**
 * What a platform itself says of an error, in the body of its response or by the classes of its
 * SDKs; undefined where it says nothing, and the network or the HTTP status has to tell.
 */
export type PlatformClassifier = (error: object, answer: Answer) => Finding | undefined;
