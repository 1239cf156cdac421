import { DelayedError, UnrecoverableError, type Job } from 'bullmq';
import { classifyError } from '../classify/classify-error.js';
import { read } from '../errors/safe-read.js';
import { createErrorResponse } from '../response/error-response.js';
import { checkOption, requireOption, RULES } from '../retry/check-options.js';
import { RequestScope } from '../retry/request-scope.js';
import { DEFAULTS } from '../retry/retry-options.js';
import { retryReport } from '../retry/retry-report.js';
import type { LeftWait } from '../retry/work-queue.js';

/** What is used of a job, of whatever data and result. @publicApi */
export type RetriedJob = Pick<Job, 'name' | 'attemptsMade' | 'opts' | 'moveToDelayed'>;

/**
 * Does the work of a job so that no wait is spent in the worker: what a `@Retryable` call inside it
 * would wait for, the queue waits for.
 *
 * - A retry is one of the job's `attempts`, after the wait that the policy gives; `maxRetries` counts
 *   the job's failures too.
 * - A wait that the platform has asked for and that is too long for a call, the cooldown of an
 *   account, or a quota that is renewed at a known time delays the job until then and uses up no
 *   attempt.
 * - What is not to be retried, and what nobody knows the outcome of, is unrecoverable.
 *
 * The failed reason is the standard JSON. Once a call of the job has done what must not be done twice
 * (`idempotent: false` or `reconcile`) the job is not run again: retries wait in the worker, and what
 * fails then is unrecoverable.
 *
 * @param token the second argument of the processor
 * @param signal the third one: its abort ends what the job does
 * @throws DelayedError, UnrecoverableError or Error, for BullMQ
 * @example
 * \@Processor('campaigns')
 * export class CampaignProcessor extends WorkerHost {
 *   process(job: Job<CreateCampaign>, token?: string): Promise<Campaign> {
 *     return runJob(job, token, () => this.meta.createCampaign(job.data));
 *   }
 * }
 * @publicApi
 */
export async function runJob<T>(
  job: RetriedJob,
  token: string | undefined,
  work: () => PromiseLike<T> | T,
  signal?: AbortSignal,
): Promise<T> {
  requireOption('work', work, RULES.function, 'in runJob');
  checkOption('signal', signal, RULES.signal, 'in runJob');
  const isLast = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
  const options = {
    context: job.name,
    isSafe: false,
    runtime: {},
    job: { retries: job.attemptsMade, isLast },
  };
  let end: (reason: unknown) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    end = reject;
  });
  const scope = new RequestScope(options, end);
  const cancel = () => scope.cancel(signal?.reason);
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted === true) cancel();
  try {
    return await Promise.race([ended, scope.run(async () => work())]);
  } catch (error) {
    throw await outcomeOf(job, token, error, scope.writes > 0);
  } finally {
    signal?.removeEventListener('abort', cancel);
    scope.end();
  }
}

/** What tells BullMQ how the job goes on. */
async function outcomeOf(
  job: RetriedJob,
  token: string | undefined,
  error: unknown,
  hasWritten: boolean,
): Promise<unknown> {
  if (isForBullMq(error)) return error;
  const left = hasWritten ? undefined : waitAfter(error);
  const context = retryReport(error)?.context ?? job.name;
  const reason = JSON.stringify(createErrorResponse({ error, context }));
  if (left === undefined) return caused(new UnrecoverableError(reason), error);
  if (left.isFree) {
    await job.moveToDelayed(Date.now() + left.ms, token);
    return new DelayedError();
  }
  // BullMQ has no other way to say the wait of a single failure.
  if (left.ms > 0) job.opts.backoff = { type: 'fixed', delay: left.ms };
  return caused(new Error(reason), error);
}

/** After how long the job may be run again, and undefined where it must not be. */
function waitAfter(error: unknown): LeftWait | undefined {
  const report = retryReport(error);
  if (report !== undefined) return report.leftWait;
  // The work itself has thrown, outside of every retried call.
  const known = classifyError(error);
  if (known?.retryable !== true) return undefined;
  const ms = (known.retryAfter ?? 0) * 1000;
  return { ms, isFree: ms > DEFAULTS.maxRetryAfter };
}

const BULLMQ_NAMES: readonly unknown[] = [
  'DelayedError',
  'UnrecoverableError',
  'WaitingChildrenError',
  'WaitingError',
];

/** The work speaks to BullMQ itself. */
function isForBullMq(error: unknown): boolean {
  return (
    BULLMQ_NAMES.includes(read(error, 'name')) ||
    read(error, 'message') === 'bullmq:rateLimitExceeded'
  );
}

function caused(error: Error, cause: unknown): Error {
  return Object.defineProperty(error, 'cause', { value: cause, configurable: true });
}
