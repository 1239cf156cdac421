import { checkOption, requireOption, RULES } from '../retry/check-options.js';
import { ambientRuntime } from '../retry/retry-runtime.js';
import { uuidOf } from './parked-call-data.js';
import { nextRun, take } from './job-outcome.js';
import { endOf, isLastRun, type RetriedJob } from './job-run.js';

/**
 * Does the work of a job so that no wait is spent in the worker: what a `@Retryable` call in it would
 * wait for, the queue waits for. A retry is one of the job's `attempts`; a long wait that the platform
 * has asked for uses up none; what is not to be retried is unrecoverable. The failed reason is the
 * standard JSON. The default `idempotencyKey` of its calls is the same in every run.
 *
 * Once a call has done what must not be done twice (`idempotent: false` or `reconcile`), the job is
 * not run again: what follows waits in the worker, and what fails then is unrecoverable. So is what
 * the work itself throws, unless it is surely worth a retry and has surely done nothing.
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
  const isLast = isLastRun(job);
  const queue = { retries: job.attemptsMade, isLast, idempotencyKey: keysOf(job) };
  const { observer } = ambientRuntime();
  const run = { job, token, signal, context: job.name, observer, hasJob: true, queue };
  const end = await endOf(run, work);
  if ('result' in end) return end.result;
  throw await take(run, nextRun(run, end));
}

/** Keys that are the same in every run: of the job, and of the first, second … call of a context. */
export function keysOf({ id, queueName }: RetriedJob): ((context: string) => string) | undefined {
  if (id === undefined) return undefined;
  const calls = new Map<string, number>();
  return (context) => {
    const call = (calls.get(context) ?? 0) + 1;
    calls.set(context, call);
    return uuidOf([queueName, id, context, call]);
  };
}
