import { createHash } from 'node:crypto';
import type { Job } from 'bullmq';
import { checkOption, requireOption, RULES } from '../retry/check-options.js';
import { OuterScope } from '../retry/outer-scope.js';
import { outcomeOf } from './job-outcome.js';

/** What is used of a job, of whatever data and result. @publicApi */
export type RetriedJob = Pick<
  Job,
  'id' | 'name' | 'queueName' | 'attemptsMade' | 'opts' | 'moveToDelayed'
>;

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
  const isLast = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
  let end: (reason: unknown) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    end = reject;
  });
  const scope = new OuterScope(
    {
      context: job.name,
      isSafe: false,
      runtime: {},
      job: { retries: job.attemptsMade, isLast, idempotencyKey: keysOf(job) },
    },
    end,
  );
  const cancel = () => scope.cancel(signal?.reason);
  signal?.addEventListener('abort', cancel);
  try {
    if (signal?.aborted === true) throw signal.reason;
    const result = await Promise.race([ended, scope.run(async () => work())]);
    scope.end();
    return result;
  } catch (error) {
    scope.fail(); // what still goes on in it begins nothing more
    throw await outcomeOf({ job, token, isLast, hasWritten: scope.writes > 0 }, error);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** Keys that are the same in every run: of the job, and of the first, second … call of a context. */
function keysOf({ id, queueName }: RetriedJob): ((context: string) => string) | undefined {
  if (id === undefined) return undefined;
  const calls = new Map<string, number>();
  return (context) => {
    const call = (calls.get(context) ?? 0) + 1;
    calls.set(context, call);
    const hash = createHash('sha256').update(JSON.stringify([queueName, id, context, call]));
    const parts = /^(.{8})(.{4})(.{4})(.{4})(.{12})/.exec(hash.digest('hex')) ?? [];
    return parts.slice(1).join('-');
  };
}
