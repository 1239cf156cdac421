import type { Job, Queue } from 'bullmq';
import { OutcomeUnknownError } from '../errors/operation.errors.js';
import { withoutStack } from '../errors/service-error.js';
import { createErrorResponse, type ErrorResponse } from '../response/error-response.js';
import { isParkedCall, type ParkedCallData } from './parked-call-data.js';

/** What has become of a parked call. @publicApi */
export interface ParkedCall {
  readonly jobId: string;
  /** The name in `park`. */
  readonly name: string;
  readonly context: string;
  readonly platform: string | undefined;
  /** `waiting` for its time or a worker, `running`, `completed` or `failed` for good. */
  readonly state: 'waiting' | 'running' | 'completed' | 'failed';
  readonly parkedAt: Date;
  /** When it is made, or was to be made. */
  readonly resumesAt: Date;
  /** What the method has given, as JSON; where keys look like secrets their values are hidden. */
  readonly result?: unknown;
  /** Why it has failed. */
  readonly error?: ErrorResponse;
}

const JOB_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Tells what has become of parked calls.
 *
 * @example
 * \@Get('parked/:id')
 * async parked(@Param('id') id: string) {
 *   return (await this.parkedCalls.find(id)) ?? new NotFoundException();
 * }
 * @publicApi
 */
export class ParkedCalls {
  constructor(private readonly queue: Queue<ParkedCallData>) {}

  /**
   * The call with the `job_id` of its `ParkedError`; undefined where there is none, or none any more.
   * Whoever knows the id is told: whether the caller may see it is for the application to say.
   */
  async find(jobId: string): Promise<ParkedCall | undefined> {
    if (!JOB_ID.test(jobId)) return undefined;
    // The state first: what is read after a call's end holds what has come of it.
    const state = stateOf(await this.queue.getJobState(jobId));
    const job = await this.queue.getJob(jobId);
    if (state === undefined || job === undefined || !isParkedCall(job.data)) return undefined;
    const { context, platform, parkedAt, resumesAt } = job.data;
    return {
      jobId,
      name: job.name,
      context,
      platform,
      state,
      parkedAt: new Date(parkedAt),
      resumesAt: new Date(resumesAt),
      ...(state === 'completed' ? { result: job.returnvalue as unknown } : {}),
      ...(state === 'failed' ? { error: failureOf(job) } : {}),
    };
  }
}

function stateOf(state: string): ParkedCall['state'] | undefined {
  if (state === 'completed' || state === 'failed') return state;
  if (state === 'active') return 'running';
  return state === 'unknown' ? undefined : 'waiting';
}

/** The JSON that the job has failed with; none where its workers have died again and again. */
function failureOf({
  failedReason,
  data: { context, platform },
}: Job<ParkedCallData>): ErrorResponse {
  try {
    return JSON.parse(failedReason) as ErrorResponse;
  } catch {
    const error = withoutStack(() => new OutcomeUnknownError({ platform }));
    return createErrorResponse({ error, context });
  }
}
