import { describeError } from '../errors/describe-error.js';
import { redactName } from '../errors/redact-name.js';
import type { OperationLogger } from '../operation-logger.js';
import type { ParkedCallData } from './parked-call-data.js';

/** What goes on for long is said once a minute. */
const QUIET_MS = 60_000;

/** The lines about parked calls that no single attempt writes. */
export class ParkedCallsLog {
  private readonly saidAt = new Map<string, number>();

  constructor(private readonly logger: OperationLogger) {}

  /** A call has been made, or has failed for good. */
  ended(jobId: string, data: ParkedCallData, outcome: 'completed' | 'failed'): void {
    this.logger.write(outcome === 'completed' ? 'info' : 'warn', 'retry_parked_ended', {
      context: redactName(data.context),
      ...(data.platform !== undefined && { platform: redactName(data.platform) }),
      job_id: jobId,
      outcome,
      elapsed_ms: Math.max(0, Date.now() - data.parkedAt),
    });
  }

  /** The result of a call cannot be kept. */
  resultLost({ context }: ParkedCallData, error: unknown): void {
    this.logger.callbackFailed('park: result', context, error);
  }

  /** A job has a name that nobody here knows. */
  unknown(name: string): void {
    if (!this.isNews(`unknown ${name}`)) return;
    const hint = 'It stays in the queue until a process has a method with this name in `park`.';
    this.logger.write('warn', 'retry_parked_unknown', { name: redactName(name), hint });
  }

  /** The queue cannot be reached. */
  queueFailed(queue: string, error: unknown): void {
    if (!this.isNews(`failed ${queue}`)) return;
    const { error_type, error_message } = describeError(error);
    this.logger.write('warn', 'retry_queue_failed', { queue, error_type, error_message });
  }

  private isNews(what: string): boolean {
    const now = Date.now();
    if (now - (this.saidAt.get(what) ?? -Infinity) < QUIET_MS) return false;
    this.saidAt.set(what, now);
    return true;
  }
}
