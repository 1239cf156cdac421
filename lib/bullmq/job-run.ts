import type { Job } from 'bullmq';
import type { RetryObserver } from '../retry/events.js';
import { OuterScope } from '../retry/outer-scope.js';
import type { WorkQueue } from '../retry/work-queue.js';

/** What is used of a job, of whatever data and result. @publicApi */
export type RetriedJob = Pick<
  Job,
  'id' | 'name' | 'queueName' | 'attemptsMade' | 'opts' | 'moveToDelayed'
>;

/** One run of a job. */
export interface JobRun {
  readonly job: RetriedJob;
  readonly token: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What it is called where no call says. */
  readonly context: string;
  readonly queue: Omit<WorkQueue, 'writes'>;
  /** Who is told that it has failed for good. */
  readonly observer: RetryObserver;
  /** The work knows the job, so that it may speak to BullMQ itself. */
  readonly hasJob: boolean;
  /** Until when it may be delayed, in milliseconds since 1970. */
  readonly until?: number | undefined;
}

/** How a run of a job has ended. */
export type RunEnd<T> =
  | { readonly result: T }
  | {
      readonly error: unknown;
      /** It has done, or may have, what must not be done twice. */
      readonly hasWritten: boolean;
    };

/** Does the work of a job so that what its calls would wait for is left to the queue. */
export async function endOf<T>(
  { signal, context, queue }: JobRun,
  work: () => PromiseLike<T> | T,
): Promise<RunEnd<T>> {
  let end: (reason: unknown) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    end = reject;
  });
  const scope = new OuterScope({ context, isSafe: false, runtime: {}, job: queue }, end);
  const cancel = () => scope.cancel(signal?.reason);
  signal?.addEventListener('abort', cancel);
  try {
    if (signal?.aborted === true) throw signal.reason;
    const result = await Promise.race([ended, scope.run(async () => work())]);
    scope.end();
    return { result };
  } catch (error) {
    scope.fail(); // what still goes on in it begins nothing more
    return { error, hasWritten: scope.writes > 0 };
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** Whether the queue does not run the job again after a failure. */
export function isLastRun({ attemptsMade, opts }: RetriedJob): boolean {
  return attemptsMade + 1 >= (opts.attempts ?? 1);
}
